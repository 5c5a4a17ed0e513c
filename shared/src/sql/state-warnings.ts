import { closingOf } from './relations/aggregate-relation.ts';
import { inOrder } from './relations/prune.ts';
import { isFixed, type Relation } from './relations/relation.ts';

/** What never ends of the state of these, and why. */
export function stateWarnings(roots: readonly Relation[]): string[] {
  return inOrder(...roots).flatMap((relation) => {
    const grows = growsBy(relation);
    return grows === null ? [] : [`State grows with every new ${grows.by} and never ends: ${grows.why}.`];
  });
}

function growsBy(relation: Relation): { by: string; why: string } | null {
  if (isFixed(relation)) return null;
  if (relation.kind === 'aggregate') {
    const { keys } = relation;
    if (closingOf(keys) !== null || keys.length === 0) return null;
    const by = `value of ${keys.map(({ name }) => name).join(', ')}`;
    return { by, why: 'no group key is a window of a watermark column' };
  }
  if (relation.kind === 'recompute') {
    if (relation.closing !== null) return null;
    const { keys, what, keepsOnlyResults, qualify } = relation;
    const first = keepsOnlyResults && qualify.length > 0;
    const by = first ? `value of ${keys.join(', ')}` : `row that ${what} is computed of`;
    return first && keys.length === 0 ? null : { by, why: 'no key is a window of a watermark column' };
  }
  if (relation.kind !== 'join' || isFixed(relation.left) || isFixed(relation.right)) return null;
  const { type, bounds } = relation;
  if (bounds === null)
    return {
      by: `row of both sides of the ${type} join`,
      why: 'nothing bounds how far apart in event time rows match',
    };
  const side = bounds.lowMicros === null ? 'left' : bounds.highMicros === null ? 'right' : null;
  return (
    side && {
      by: `row of the ${side} side of the ${type} join`,
      why: 'nothing bounds how much later than it a match may be',
    }
  );
}
