import { isStorable } from '../../plan/index.ts';
import type { SqlFrontend } from '../frontend.ts';
import { MERGEABLE_AGGREGATES } from '../mergeable-aggregates.ts';
import { operatorId } from '../plan-hash.ts';
import { identifier } from '../quote.ts';
import { closingOf } from '../relations/aggregate-relation.ts';
import { refuse, tableDdl } from '../relations/compiler-context.ts';
import type { AggregateRelation } from '../relations/relation.ts';
import { stateColumnName } from '../state-column-name.ts';
import type { AccumulatorColumn, AggregateShape, Emission, FinishedColumn } from './aggregate-sql.ts';
import { WEIGHTED_COLUMN } from './draft.ts';
import type { Render } from './render.ts';

type Untyped = Omit<AccumulatorColumn, 'type'>;

/** The columns that an aggregate keeps, and what finishes them. `lineage` says what its rows stem from. */
export async function aggregateShape(
  relation: AggregateRelation,
  lineage: string,
  { emission, expires }: { emission: Emission; expires: boolean },
  frontend: SqlFrontend,
  render: Render,
): Promise<AggregateShape> {
  const { input, derived, columns } = relation;
  const closing = closingOf(relation.keys);
  const retracts = !input.appendOnly;
  const accumulators = new Map<string, Untyped>();
  const taken = new Set([...relation.keys, ...derived].map(({ name }) => name.toLowerCase()));
  const finished: Omit<FinishedColumn, 'type'>[] = [];
  for (const { name, definition, call } of relation.aggregates) {
    const args = await Promise.all(call.children.map(render));
    const filter = call.filter === null ? null : await render(call.filter);
    finished.push({ name, definition, accumulators: accumulate(definition, { args, filter }, accumulators, taken) });
  }
  // Late records are counted, and a group must be told from no group, so there is always a count where one is needed.
  const count = MERGEABLE_AGGREGATES.count_star!;
  const counts = closing !== null || retracts || accumulators.size === 0;
  const counted = retracts ? count.retracting!([])! : count;
  const [rows] = counts ? accumulate(counted, { args: [], filter: null }, accumulators, taken) : [];
  const keys = await Promise.all(
    relation.keys.map(async ({ name, expression }) => ({ name, sql: await render(expression) })),
  );
  // By name, so that another order in the SELECT list is the same state.
  const sorted = [...accumulators.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const types = await typesOf(relation, { keys, accumulators: sorted }, frontend);
  const typed = <T extends { name: string }>(items: T[]) =>
    items.map((one) => ({ ...one, type: types.get(one.name)! }));
  const typedKeys = typed(keys);
  const typedAccumulators = typed(sorted);
  // Not the list, HAVING or WHERE: a query that changes only there goes on with its state.
  const identity = {
    source: lineage,
    keys: typedKeys.map(({ sql, type }) => [sql, type]),
    windows: relation.keys.map(({ role }) => (role?.kind === 'eventTime' && !role.lagMicros ? null : role)),
    accumulators: typedAccumulators.map(({ partialSql, type }) => [partialSql, type]),
  };
  const operator = operatorId('aggregate', identity);
  return {
    ...{ operatorId: operator, input: `${operator}_input`, keys: typedKeys, accumulators: typedAccumulators },
    finished: finished.map((one) => ({
      ...one,
      type: columns.find(({ name }) => name === one.name)?.type ?? 'BOOLEAN',
    })),
    ...{ derived, retracts, rows: rows ?? null, emission, expires },
    closing: closing && { key: closing.column, toEndMicros: closing.toEndMicros, sizeMicros: closing.sizeMicros },
  };
}

const COUNT_ROWS = 'count(*)';

/** Adds the pieces of an aggregate to those that are kept; gives their names. */
function accumulate(
  definition: FinishedColumn['definition'],
  { args, filter }: { args: string[]; filter: string | null },
  known: Map<string, Untyped>,
  taken: Set<string>,
): string[] {
  const group: string[] = [];
  definition.accumulators.forEach((accumulator, index) => {
    const conditions = [filter, accumulator.only?.(args) ?? null].filter((one) => one !== null);
    const suffix = conditions.length > 0 ? ` FILTER (WHERE ${conditions.join(' AND ')})` : '';
    const partialSql = accumulator.partial(args) + suffix;
    const name =
      known.get(partialSql)?.name ??
      stateColumnName(partialSql === COUNT_ROWS ? 'count_rows' : partialSql, partialSql, taken);
    group.push(name);
    if (!known.has(partialSql)) known.set(partialSql, { name, partialSql, definition: accumulator, group, index });
  });
  return group;
}

async function typesOf(
  { input }: AggregateRelation,
  { keys, accumulators }: { keys: { name: string; sql: string }[]; accumulators: Untyped[] },
  frontend: SqlFrontend,
): Promise<ReadonlyMap<string, string>> {
  const list = [
    ...keys.map(({ sql, name }) => `${sql} AS ${identifier(name)}`),
    ...accumulators.map(({ partialSql, name }) => `${partialSql} AS ${identifier(name)}`),
  ];
  const grouping = keys.length > 0 ? ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}` : '';
  const columns = input.appendOnly ? input.columns : [...input.columns, WEIGHTED_COLUMN];
  const described = await frontend.describe(
    [tableDdl('rows', columns)],
    `SELECT ${list.join(', ')} FROM rows${grouping}`,
  );
  if (!described.ok) throw new Error(`the pieces of a bound query do not bind: ${described.error.message}`);
  const types = new Map(described.columns.map(({ name, type }) => [name, type]));
  refuseLossy(described.columns);
  return types;
}

/** Values that would not come back from the store as they were. */
export function refuseLossy(columns: readonly { name: string; type: string }[]): void {
  const lossy = columns.find(({ type }) => !isStorable(type));
  if (lossy === undefined) return;
  refuse(
    `Values of type ${lossy.type} cannot be kept exactly.`,
    'Cast what it holds, for example HUGEINT to BIGINT or INTERVAL to VARCHAR, or group by its fields.',
  );
}
