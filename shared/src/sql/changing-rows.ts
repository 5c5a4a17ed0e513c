import type { Relation } from './relations/relation.ts';

/** For people: the rows of a result that change once they were put out, by the last thing that changes them. Null: none do. */
export function changingRows(root: Relation): string | null {
  if (root.appendOnly) return null;
  const where = root.view === undefined ? '' : ` of view ${root.view}`;
  switch (root.kind) {
    case 'aggregate': {
      const keys = root.keys.map(({ name }) => name).join(', ');
      return `the ${keys === '' ? 'one group' : `groups by ${keys}`}${where} never end`;
    }
    case 'recompute':
      return `the results of ${root.what}${where} go on changing`;
    case 'source':
      return `the rows of ${root.source.name} go on changing`;
    case 'temporal':
      return `the rows joined with ${root.right.source.name} go on changing`;
    case 'join': {
      const below = [root.left, root.right].map(changingRows).find((one) => one !== null);
      return below ?? `the rows of the ${root.type} join${where} go on changing`;
    }
    case 'map':
      return changingRows(root.input);
    case 'union':
      return root.inputs.map(changingRows).find((one) => one !== null) ?? null;
    default:
      return null;
  }
}
