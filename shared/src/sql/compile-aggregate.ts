import { MillraceError } from '../errors/index.ts';
import { type Column, isStorable, type OutputPlan, type Stage } from '../plan/index.ts';
import type { OutputMode } from '../spec/job-spec.ts';
import {
  type AccumulatorColumn,
  type AggregateShape,
  type ClosingKey,
  distinctColumns,
  eventTimeOf,
  type FinishedColumn,
  type KeyColumn,
  lateRowsCounter,
  lateRowsQuery,
  mergeStatement,
  outputQuery,
  type Projection,
  partialStatement,
  projectionQuery,
  stateTable,
} from './aggregate-sql.ts';
import { type Expression, isColumnRef, locationOf, type SelectNode } from './ast.ts';
import { named, select, table } from './ast-build.ts';
import type { SqlFrontend } from './frontend.ts';
import { type GroupedQuery, stateColumnName } from './grouped-query.ts';
import { intervalText } from './interval-size.ts';
import { MERGEABLE_AGGREGATES } from './mergeable-aggregates.ts';
import { refuseMode } from './output-mode.ts';
import { operatorId } from './plan-hash.ts';
import { identifier } from './quote.ts';
import type { Refusal } from './refusal.ts';
import type { CarriedKey } from './sink-fit.ts';
import { expressionText, fromText, selectText } from './sql-text.ts';

export type AggregateJob = {
  source: string;
  watermarkColumn: string | null;
  /** No record is filtered out or multiplied before it is grouped. */
  groupsEveryRecord: boolean;
  /** CREATE TABLE of `relation`, the input of the first stage. */
  ddl: string;
  relation: string;
  /** The rewritten query: it reads `relation`, windows are expanded, moments are the batch's. */
  node: SelectNode;
  grouped: GroupedQuery;
  mode: OutputMode;
  /** What FROM provides, in order; names may be there twice. */
  fromColumns: Column[];
  /** Names and types that DuckDB gives the query's output. */
  columns: Column[];
};

export type CompiledAggregate = {
  stages: Stage[];
  keyColumns: OutputPlan['keyColumns'];
  carriedKeys: CarriedKey[];
  warnings: string[];
};

/** Two stages: partial aggregation where the records are, then merging into state where the key lives. */
export async function compileAggregate(job: AggregateJob, frontend: SqlFrontend): Promise<CompiledAggregate | Refusal> {
  const closing = closingKey(job.grouped);
  const carried = carriedKeys(job);
  const facts = {
    grouped: true,
    closes: closing !== null,
    hiddenKeys: carried.filter(({ outputs }) => outputs.length === 0).map(({ name }) => name),
    watermarkColumn: job.watermarkColumn,
  };
  const refused = refuseMode(job.mode, facts);
  if (refused) return refused;
  const from = await fromText(job.node.from_table, job.node.where_clause, frontend);
  const untyped = await columnsOf(job, closing, frontend);
  const types = await typesOf(job, from, untyped, frontend);
  if (!(types instanceof Map)) return types;
  const shape = shapeOf(job, untyped, types, closing);
  const projection = await projectionOf(job, frontend);
  const mismatch = await checkOutput(job, shape, projection, frontend);
  if (mismatch) return mismatch;
  const partialId = operatorId('partial', { source: job.source, keys: shape.keys, accumulators: untyped.accumulators });
  const partial = `${partialId}_output`;
  const eventTime = job.groupsEveryRecord ? job.watermarkColumn : null;
  const rows = shape.accumulators.find(({ partialSql }) => partialSql === COUNT_ROWS)?.name;
  const described = description(shape);
  const shuffled = [...shape.keys, ...shape.accumulators].map(({ name, type }) => ({ name, type }));
  const stages: Stage[] = [
    {
      id: 's0',
      inputs: [
        {
          ...{ kind: 'source', source: job.source, relation: job.relation, readOnce: true },
          eventTimeSql: eventTime === null ? null : eventTimeOf(partial),
        },
      ],
      operators: [
        {
          id: partialId,
          kind: 'partialAggregate',
          description: `Filter ${job.source}, pre-aggregate ${described}`,
          statements: [partialStatement(partial, from, shape, eventTime)],
          counters: [],
          lateRows: shape.closing && {
            operatorId: shape.operatorId,
            countSql: lateRowsCounter(shape, rows!, partial),
            sql: lateRowsQuery(shape.closing, shape.keys, from, job.fromColumns),
            columns: distinctColumns(job.fromColumns),
          },
          state: null,
        },
      ],
      outputs: [{ kind: 'shuffle', id: 's0', relation: partial, columns: shuffled }],
    },
    {
      id: 's1',
      inputs: [{ kind: 'shuffle', shuffles: ['s0'], relation: shape.input, columns: shuffled }],
      operators: [
        {
          id: shape.operatorId,
          kind: 'aggregate',
          description: `Aggregate ${described}${shape.closing ? `, until the watermark closes ${shape.closing.key}` : ''}`,
          statements: [mergeStatement(shape)],
          counters: shape.closing ? [{ name: 'lateRows', sql: lateRowsCounter(shape, rows!, shape.input) }] : [],
          lateRows: null,
          state: stateTable(shape, job.mode),
        },
      ],
      outputs: [{ kind: 'sink', sql: outputQuery(shape, projection, job.mode) }],
    },
  ];
  const identifying = new Set(carried.map(({ outputs }) => outputs[0]));
  const keyColumns = job.columns.map(({ name }) => name).filter((name) => identifying.has(name));
  const warnings = warningsOf(shape);
  return { stages, keyColumns: job.mode === 'update' ? keyColumns : [], carriedKeys: carried, warnings };
}

const COUNT_ROWS = 'count(*)';

function closingKey({ keys }: GroupedQuery): ClosingKey | null {
  const windows = keys.filter(({ role }) => role?.onWatermark);
  // The window that ends first closes the group; of windows of one size either will do.
  const key = windows.sort((a, b) => a.role!.sizeMicros - b.role!.sizeMicros)[0];
  if (key === undefined) return null;
  const { kind, sizeMicros } = key.role!;
  return { key: key.name, toEndMicros: kind === 'windowStart' ? sizeMicros : 0, sizeMicros };
}

/** Output columns that carry each group key: the key itself first, then what follows from it. */
function carriedKeys({ grouped, columns }: AggregateJob): CarriedKey[] {
  const outputOf = (name: string) =>
    columns[
      grouped.list.findIndex(
        (item) => isColumnRef(item) && item.column_names.length === 1 && item.column_names[0] === name,
      )
    ]?.name;
  return grouped.keys.map(({ name }) => {
    const derived = grouped.derived.filter(({ fromKey }) => fromKey === name);
    const outputs = [name, ...derived.map((column) => column.name)].map(outputOf);
    return { name, outputs: outputs.filter((output) => output !== undefined) };
  });
}

type Untyped = {
  keys: Omit<KeyColumn, 'type'>[];
  accumulators: Omit<AccumulatorColumn, 'type'>[];
  finished: FinishedColumn[];
};

async function columnsOf(
  { grouped }: AggregateJob,
  closing: ClosingKey | null,
  frontend: SqlFrontend,
): Promise<Untyped> {
  const taken = new Set([...grouped.keys, ...grouped.derived].map(({ name }) => name.toLowerCase()));
  const accumulators = new Map<string, Omit<AccumulatorColumn, 'type'>>();
  const add = (definition: FinishedColumn['definition'], args: string[], filter: string | null): string[] => {
    const group: string[] = [];
    definition.accumulators.forEach((accumulator, index) => {
      const conditions = [filter, accumulator.only?.(args) ?? null].filter((one) => one !== null);
      const suffix = conditions.length > 0 ? ` FILTER (WHERE ${conditions.join(' AND ')})` : '';
      const partialSql = accumulator.partial(args) + suffix;
      const known = accumulators.get(partialSql);
      const name =
        known?.name ?? stateColumnName(partialSql === COUNT_ROWS ? 'count_rows' : partialSql, partialSql, taken);
      group.push(name);
      if (known === undefined)
        accumulators.set(partialSql, { name, partialSql, definition: accumulator, group, index });
    });
    return group;
  };
  const finished: FinishedColumn[] = [];
  for (const { name, definition, call } of grouped.aggregates) {
    const args = await Promise.all(call.children.map((child) => expressionText(child, frontend)));
    const filter = call.filter === null ? null : await expressionText(call.filter, frontend);
    finished.push({ name, definition, accumulators: add(definition, args, filter) });
  }
  // Late records are counted, and a group must be told from no group, so there is always a count where one is needed.
  if (closing !== null || accumulators.size === 0) add(MERGEABLE_AGGREGATES.count_star!, [], null);
  const keys = await Promise.all(
    grouped.keys.map(async ({ name, expression }) => ({ name, sql: await expressionText(expression, frontend) })),
  );
  // By name, so that another order in the SELECT list is the same state.
  const sorted = [...accumulators.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { keys, accumulators: sorted, finished };
}

async function typesOf(
  job: AggregateJob,
  from: string,
  untyped: Untyped,
  frontend: SqlFrontend,
): Promise<Map<string, string> | Refusal> {
  const columns = [
    ...untyped.keys.map(({ sql, name }) => [sql, name]),
    ...untyped.accumulators.map(({ partialSql, name }) => [partialSql, name]),
  ];
  const list = columns.map(([sql, name]) => `${sql} AS ${identifier(name!)}`).join(', ');
  const grouping = untyped.keys.length > 0 ? ` GROUP BY ${untyped.keys.map((_, i) => i + 1).join(', ')}` : '';
  const described = await frontend.describe([job.ddl], `SELECT ${list} FROM ${from}${grouping}`);
  const types = new Map(described.ok ? described.columns.map(({ name, type }) => [name, type]) : []);
  // The whole query is bound already; of its pieces only the sum that stands for avg can have no meaning.
  const average = job.grouped.aggregates.find(({ definition, name }) => {
    const first = untyped.finished.find((one) => one.name === name)!.accumulators[0]!;
    return definition === MERGEABLE_AGGREGATES.avg && !/^(HUGEINT|DOUBLE|DECIMAL)/.test(types.get(first) ?? '');
  });
  if (average) {
    const hint = 'Average a number, for example avg(epoch_ms(column)).';
    return { message: 'avg of anything but numbers is not supported yet.', hint, location: locationOf(average.call) };
  }
  if (!described.ok)
    throw new MillraceError('INTERNAL', `The pieces of a bound query do not bind: ${described.error.message}`);
  const lossy = [...untyped.keys, ...untyped.accumulators].find(({ name }) => !isStorable(types.get(name)!));
  if (lossy) {
    const hint = 'Cast what it holds, for example HUGEINT to BIGINT or INTERVAL to VARCHAR, or group by its fields.';
    return { message: `Values of type ${types.get(lossy.name)} cannot be kept exactly.`, hint, location: null };
  }
  return types;
}

function shapeOf(
  job: AggregateJob,
  untyped: Untyped,
  types: ReadonlyMap<string, string>,
  closing: ClosingKey | null,
): AggregateShape {
  const typed = <T extends { name: string }>(columns: T[]) =>
    columns.map((one) => ({ ...one, type: types.get(one.name)! }));
  const keys = typed(untyped.keys);
  const accumulators = typed(untyped.accumulators);
  const { derived } = job.grouped;
  // Not the list, HAVING or WHERE: a query that changes only there goes on with its state.
  const identity = {
    source: job.source,
    keys: keys.map(({ sql, type }) => [sql, type]),
    windows: job.grouped.keys.map(({ role }) => role),
    accumulators: accumulators.map(({ partialSql, type }) => [partialSql, type]),
  };
  return {
    operatorId: operatorId('aggregate', identity),
    input: 's1_input',
    keys,
    accumulators,
    finished: untyped.finished,
    derived,
    closing,
    keepStored: job.mode === 'update' && job.grouped.having !== null,
  };
}

async function projectionOf({ grouped, columns }: AggregateJob, frontend: SqlFrontend): Promise<Projection> {
  const items: Expression[] = grouped.list.map((item, i) => named(item, columns[i]!.name));
  const text = await selectText(select(items, table('groups')), frontend);
  const itemsSql = text.slice('SELECT '.length, text.lastIndexOf(' FROM '));
  return { itemsSql, havingSql: grouped.having && (await expressionText(grouped.having, frontend)) };
}

/** The output over stored groups must have the very columns that DuckDB gives the query over rows. */
async function checkOutput(
  { columns }: AggregateJob,
  shape: AggregateShape,
  projection: Projection,
  frontend: SqlFrontend,
): Promise<Refusal | null> {
  const stored = [...shape.keys, ...shape.accumulators].map(({ name, type }) => `${identifier(name)} ${type}`);
  const ddl = `CREATE TABLE groups (${stored.join(', ')})`;
  const described = await frontend.describe([ddl], projectionQuery('groups', shape, projection));
  const typed = (list: readonly Column[]) => list.map(({ name, type }) => `${name} ${type}`).join(', ');
  if (described.ok && typed(described.columns) === typed(columns)) return null;
  const found = described.ok ? typed(described.columns) : described.error.message;
  const message = `The query cannot be computed in steps: ${found.split('\n')[0]}, where ${typed(columns)} is wanted.`;
  return { message, hint: 'Write the SELECT list and HAVING over plain group keys and aggregates.', location: null };
}

function description({ keys, accumulators, derived, closing }: AggregateShape): string {
  const by = keys.length > 0 ? `by ${[...keys, ...derived].map(({ name }) => name).join(', ')}` : 'over everything';
  const size = closing && closing.toEndMicros > 0 ? ` (windows of ${intervalText(closing.toEndMicros)})` : '';
  return `${accumulators.map(({ partialSql }) => partialSql).join(', ')} ${by}${size}`;
}

function warningsOf({ keys, closing }: AggregateShape): string[] {
  if (closing !== null || keys.length === 0) return [];
  const by = keys.map(({ name }) => name).join(', ');
  return [`State grows with every new value of ${by} and never ends: no group key is a window of a watermark column.`];
}
