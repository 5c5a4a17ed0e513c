import { isFetched } from '../spec/job-spec.ts';
import { refuse } from './relations/compiler-context.ts';
import { inOrder } from './relations/prune.ts';
import { inputsOf, isFixed, type Relation } from './relations/relation.ts';

/** What is not computed of tables: only what a row of a stream meets is. */
export function refuseTablesAlone(root: Relation): void {
  if (isFixed(root))
    refuse(
      `The query reads no source, only ${tablesOf(root)}.`,
      'A job reads at least one source: join it with the table.',
    );
  for (const relation of inOrder(root)) {
    const fixed = inputsOf(relation).find(isFixed);
    if (fixed === undefined || isFixed(relation) || relation.kind === 'map') continue;
    if (relation.kind !== 'join') refuseOperator(relation.kind, tablesOf(fixed));
    else if (keepsTable(relation, fixed))
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

function refuseOperator(kind: Relation['kind'], table: string): never {
  if (kind === 'union')
    return refuse(
      `UNION, INTERSECT and EXCEPT with ${table} alone are not supported.`,
      'Join it, or compare with IN (SELECT …) or NOT EXISTS.',
    );
  const what = kind === 'aggregate' ? 'Aggregates' : 'Window functions, DISTINCT, LIMIT and aggregates';
  return refuse(`${what} over ${table} alone are not supported.`, 'Join it first, or declare a table of the results.');
}

function keepsTable({ type, left }: Extract<Relation, { kind: 'join' }>, fixed: Relation): boolean {
  if (type === 'inner') return false;
  return fixed === left ? type !== 'right' : type === 'right' || type === 'full';
}

function tablesOf(relation: Relation): string {
  const names = inOrder(relation).flatMap((one) => (one.kind === 'table' ? [one.table.name] : []));
  const distinct = [...new Set(names)];
  return distinct.length === 1 ? `the table ${distinct[0]}` : `the tables ${distinct.join(' and ')}`;
}
