import { isFetched, type JobSpec } from '../spec/job-spec.ts';
import { refuse } from './relations/compiler-context.ts';
import { inOrder } from './relations/prune.ts';
import { inputsOf, isFixed, type Relation } from './relations/relation.ts';

/** Rows that are there from the start: they are put out with rows of a stream that meet them, not by themselves. */
export function refuseTablesAlone(root: Relation, { sources }: Pick<JobSpec, 'sources'>): void {
  if (isFixed(root)) {
    const names = sources.map(({ name }) => name).join(', ');
    const only = tablesIn(root).length > 0 ? `, only ${tablesOf(root)}` : '';
    refuse(`The query reads no source${only}.`, `A job reads at least one source. Read from ${names}.`);
  }
  for (const relation of inOrder(root)) {
    const fixed = inputsOf(relation).find(isFixed);
    if (fixed === undefined || isFixed(relation) || relation.kind === 'map') continue;
    if (relation.kind === 'union')
      refuse(
        `UNION, INTERSECT and EXCEPT of a stream and ${tablesOf(fixed)} are not supported.`,
        'Join it, or compare with IN (SELECT …) or NOT EXISTS.',
      );
    if (relation.kind === 'join' && keepsTable(relation, fixed))
      refuse(
        `A ${relation.type} join that keeps rows of ${tablesOf(fixed)} is not supported.`,
        'A stream has no end at which a row of the table is known to have no match: keep rows of the other side.',
      );
    else if (!relation.appendOnly) refuseRefreshed(fixed);
  }
}

/** A row that is taken back would meet another version than when it came. */
function refuseRefreshed(fixed: Relation): void {
  const table = inOrder(fixed).find((one) => one.kind === 'table' && isFetched(one.table));
  if (table === undefined) return;
  refuse(
    `Rows that change cannot be joined with ${tablesOf(table)}, which is read again and again.`,
    'A row that is taken back would meet another version than when it came: join the stream first, then group; or make the rows of the table a part of the spec.',
  );
}

function keepsTable({ type, left }: Extract<Relation, { kind: 'join' }>, fixed: Relation): boolean {
  if (type === 'inner') return false;
  return fixed === left ? type !== 'right' : type === 'right' || type === 'full';
}

const tablesIn = (relation: Relation): string[] => [
  ...new Set(inOrder(relation).flatMap((one) => (one.kind === 'table' ? [one.table.name] : []))),
];

function tablesOf(relation: Relation): string {
  const names = tablesIn(relation);
  if (names.length === 0) return 'values';
  return names.length === 1 ? `the table ${names[0]}` : `the tables ${names.join(' and ')}`;
}
