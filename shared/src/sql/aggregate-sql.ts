// The statements of a two-phase aggregate with state, as templates over named columns. No syntax trees here.
import { EXISTED_COLUMN, PARTITION_COLUMN, partitionOf, type StateTable, WEIGHT_COLUMN } from '../plan/index.ts';
import { intervalText } from './interval-size.ts';
import type { Accumulator, MergeableAggregate } from './mergeable-aggregates.ts';
import { identifier, literal } from './quote.ts';

export type StateColumn = { name: string; type: string };
export type KeyColumn = StateColumn & { sql: string };
/** `group` names the aggregate's accumulators in order, `index` this one among them. */
export type AccumulatorColumn = StateColumn & {
  partialSql: string;
  definition: Accumulator;
  group: string[];
  index: number;
};
export type FinishedColumn = { name: string; definition: MergeableAggregate; accumulators: string[] };
export type DerivedColumn = { name: string; fromKey: string; sizeMicros: number };

/** How the watermark closes groups: through this key, which lies `toEndMicros` before the end of its window of `sizeMicros`. */
export type ClosingKey = { key: string; toEndMicros: number; sizeMicros: number };

export type AggregateShape = {
  operatorId: string;
  input: string;
  keys: KeyColumn[];
  accumulators: AccumulatorColumn[];
  finished: FinishedColumn[];
  derived: DerivedColumn[];
  closing: ClosingKey | null;
  /** Adds the stored values beside the new ones, for groups that HAVING may drop. */
  keepStored: boolean;
};

/** Rides along in partial relations that stand for every record of the input. */
const EVENT_TIME = identifier('__event_time');
const PARTITION = identifier(PARTITION_COLUMN);
const WEIGHT = identifier(WEIGHT_COLUMN);
const EXISTED = identifier(EXISTED_COLUMN);
const CLOSING_KEY_NAME = '__closing_key';
const CLOSING_KEY = identifier(CLOSING_KEY_NAME);
const STORED_PREFIX = '__stored_';
const MICROS_PER_MS = 1_000;

const list = (items: readonly string[]): string => items.join(', ');
const names = (columns: readonly { name: string }[]): string[] => columns.map(({ name }) => identifier(name));
const variable = (name: string): string => `CAST(getvariable(${literal(name)}) AS TIMESTAMP)`;

/** Groups and pre-aggregates the rows of one map task. */
export function partialStatement(
  relation: string,
  from: string,
  shape: Pick<AggregateShape, 'keys' | 'accumulators'>,
  eventTimeColumn: string | null,
): string {
  const { keys, accumulators } = shape;
  const eventTime = eventTimeColumn === null ? [] : [`max(${identifier(eventTimeColumn)}) AS ${EVENT_TIME}`];
  const columns = [
    ...keys.map(({ sql, name }) => `${sql} AS ${identifier(name)}`),
    ...accumulators.map(({ partialSql, name }) => `${partialSql} AS ${identifier(name)}`),
    ...eventTime,
  ];
  // Without keys a SELECT of aggregates has a row even for no input; a group exists from its first row on.
  const grouping = keys.length > 0 ? `GROUP BY ${list(keys.map((_, i) => String(i + 1)))}` : 'HAVING count(*) > 0';
  const partition = `${partitionOf(names(keys))} AS ${PARTITION}`;
  return `CREATE OR REPLACE TEMP TABLE ${identifier(relation)} AS
SELECT *, ${partition}
FROM (SELECT ${list(columns)} FROM ${from} ${grouping})`;
}

/** Highest event time of the records behind a partial relation that carries it. */
export const eventTimeOf = (relation: string): string => `SELECT max(${EVENT_TIME}) FROM ${identifier(relation)}`;

/** Tables of the operator, by what they hold. */
const relationsOf = ({ operatorId }: Pick<AggregateShape, 'operatorId'>) => ({
  state: `${operatorId}_state`,
  pending: `${operatorId}_pending`,
});

/** Rows whose window the watermark has not closed. NULL, a row without event time, belongs to no window that could stay open. */
function notLate({ key, toEndMicros }: ClosingKey): string {
  return `${identifier(key)} > ${watermark('watermark', toEndMicros)}`;
}

/** The arithmetic stays on the constant side, so that time-ordered state is skipped by its minima and maxima. */
const watermark = (name: string, toEndMicros: number): string =>
  toEndMicros === 0 ? variable(name) : `${variable(name)} - INTERVAL ${literal(intervalText(toEndMicros))}`;

/** Merges the shuffled pieces of every touched group and adds them to what is stored. */
export function mergeStatement(shape: AggregateShape): string {
  const { keys, accumulators, closing, keepStored } = shape;
  const relations = relationsOf(shape);
  const merged = accumulators.map(
    (one) =>
      `CAST(${one.definition.merge(identifier(one.name), one.group.map(identifier))} AS ${one.type}) AS ${identifier(one.name)}`,
  );
  const where = closing ? ` WHERE ${notLate(closing)}` : '';
  const grouping = keys.length > 0 ? ` GROUP BY ${list(names(keys))}` : ' HAVING count(*) > 0';
  const fresh = `SELECT ${list([...names(keys), ...merged, `any_value(${PARTITION}) AS ${PARTITION}`])} FROM ${identifier(shape.input)}${where}${grouping}`;
  const combined = accumulators.map((one) => {
    const side = (alias: string) => one.group.map((name) => `${alias}.${identifier(name)}`);
    return `CAST(${one.definition.combine(side('s'), side('n'), one.index)} AS ${one.type}) AS ${identifier(one.name)}`;
  });
  const stored = keepStored
    ? accumulators.map(({ name }) => `s.${identifier(name)} AS ${identifier(STORED_PREFIX + name)}`)
    : [];
  const existed = `s.${PARTITION} IS NOT NULL AS ${EXISTED}`;
  const columns = [...names(keys).map((name) => `n.${name}`), ...combined, `n.${PARTITION}`, existed, ...stored];
  return `CREATE OR REPLACE TEMP TABLE ${identifier(relations.pending)} AS
SELECT ${list(columns)}
FROM (${fresh}) AS n
LEFT JOIN ${identifier(relations.state)} AS s ON ${sameGroup('s', 'n', shape)}`;
}

/**
 * NULL keys are a group like any other, hence IS NOT DISTINCT FROM (still a hash join). The closing key is never NULL:
 * `=` on it lets the join skip state of other windows (2 M rows of state: 5 ms against 63 ms).
 */
function sameGroup(left: string, right: string, { keys, closing }: AggregateShape): string {
  if (keys.length === 0) return 'TRUE';
  const same = keys.map(({ name }) => {
    const operator = name === closing?.key ? '=' : 'IS NOT DISTINCT FROM';
    return `${left}.${identifier(name)} ${operator} ${right}.${identifier(name)}`;
  });
  return same.join(' AND ');
}

/** The groups of `from` with their aggregates finished, under the names that list and HAVING use, and `more` columns. */
function finishedFrom(from: string, shape: AggregateShape, prefix = '', more: readonly string[] = []): string {
  const derived = shape.derived.map(
    ({ name, fromKey, sizeMicros }) =>
      `${identifier(fromKey)} + INTERVAL ${literal(intervalText(sizeMicros))} AS ${identifier(name)}`,
  );
  const finished = shape.finished.map(({ name, definition, accumulators }) => {
    const pieces = accumulators.map((piece) => identifier(prefix + piece));
    return `${definition.finish(pieces)} AS ${identifier(name)}`;
  });
  const columns = [...names(shape.keys), ...derived, ...finished, ...more];
  return `SELECT ${columns.length > 0 ? list(columns) : 'NULL'} FROM ${from}`;
}

/** `itemsSql` is the SELECT list, `having` the condition, both over the columns of `finishedFrom`. */
export type Projection = { itemsSql: string; havingSql: string | null };

/** The output of all groups of one relation, for binding. */
export function projectionQuery(relation: string, shape: AggregateShape, { itemsSql, havingSql }: Projection): string {
  return `SELECT ${itemsSql} FROM (${finishedFrom(identifier(relation), shape)}) WHERE ${havingSql ?? 'TRUE'}`;
}

export type Emission = 'append' | 'update' | 'complete';

/** What a batch adds to the output, once `mergeStatement` has run. */
export function outputQuery(shape: AggregateShape, { itemsSql, havingSql }: Projection, mode: Emission): string {
  const { state, pending } = relationsOf(shape);
  const rows = (groups: string, weight: number, conditions: (string | null)[]): string => {
    const where = conditions.filter((condition) => condition !== null).map((condition) => `(${condition})`);
    return `SELECT ${itemsSql}, CAST(${weight} AS TINYINT) AS ${WEIGHT} FROM (${groups})${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`;
  };
  if (mode === 'append') {
    const { key, toEndMicros } = shape.closing!;
    const closed = `${identifier(key)} > ${watermark('previous_watermark', toEndMicros)} AND ${identifier(key)} <= ${watermark('watermark', toEndMicros)}`;
    return rows(finishedFrom(`${identifier(state)} WHERE ${closed}`, shape), 1, [havingSql]);
  }
  if (mode === 'complete') return rows(finishedFrom(`(${snapshotQuery(shape)})`, shape), 1, [havingSql]);
  const kept = rows(finishedFrom(identifier(pending), shape), 1, [havingSql]);
  if (havingSql === null) return kept;
  const stored = shape.accumulators.map(({ name }) => identifier(STORED_PREFIX + name));
  const judged = finishedFrom(identifier(pending), shape, '', [...stored, EXISTED]);
  const failing = `SELECT * FROM (${judged}) WHERE ${EXISTED} AND (${havingSql}) IS NOT TRUE`;
  return `${kept}\nUNION ALL\n${rows(finishedFrom(`(${failing})`, shape, STORED_PREFIX), -1, [havingSql])}`;
}

function snapshotQuery(shape: AggregateShape): string {
  const { state, pending } = relationsOf(shape);
  const columns = [...names(shape.keys), ...names(shape.accumulators), PARTITION];
  const untouched = `SELECT ${list(columns.map((name) => `s.${name}`))} FROM ${identifier(state)} AS s ANTI JOIN ${identifier(pending)} AS p ON ${sameGroup('s', 'p', shape)}`;
  return `${untouched} UNION ALL SELECT ${list(columns)} FROM ${identifier(pending)}`;
}

export function stateTable(shape: AggregateShape, mode: Emission): StateTable {
  const { keys, accumulators, closing } = shape;
  const { state, pending } = relationsOf(shape);
  const columns = [...names(keys), ...names(accumulators), PARTITION];
  const updates = names(accumulators).map((name) => `${name} = p.${name}`);
  const key = closing ? identifier(closing.key) : '';
  return {
    table: state,
    columns: [...keys, ...accumulators].map(({ name, type }) => ({ name, type })),
    kind: 'keyed',
    keyColumns: keys.map(({ name }) => name),
    goneSql: null,
    compact: null,
    pendingRelation: pending,
    evict: closing && {
      sql: `DELETE FROM ${identifier(state)} WHERE ${key} <= ${watermark('previous_watermark', closing.toEndMicros)}`,
      everyMs: closing.sizeMicros / MICROS_PER_MS,
    },
    // Half the time of a MERGE where most groups are new: which ones are is known already.
    adopt: [
      `UPDATE ${identifier(state)} AS s SET ${list(updates)} FROM ${identifier(pending)} AS p WHERE p.${EXISTED} AND ${sameGroup('s', 'p', shape)}`,
      `INSERT INTO ${identifier(state)} (${list(columns)}) SELECT ${list(columns)} FROM ${identifier(pending)} WHERE NOT ${EXISTED}`,
    ],
    // Only append mode has something to say when a window closes; elsewhere eviction can wait for the next batch.
    nextExpiry:
      closing && mode === 'append'
        ? `SELECT min(${key})${closing.toEndMicros === 0 ? '' : ` + INTERVAL ${literal(intervalText(closing.toEndMicros))}`} FROM (SELECT ${key} FROM ${identifier(state)} UNION ALL SELECT ${key} FROM ${identifier(pending)}) WHERE ${notLate(closing)}`
        : null,
    snapshot: snapshotQuery(shape),
  };
}

/**
 * Counts the input records of groups that were closed when they came, over groups of `relation`. `rows` is the accumulator that
 * counts records.
 */
export function lateRowsCounter(shape: AggregateShape, rows: string, relation: string): string {
  return `SELECT CAST(coalesce(sum(${identifier(rows)}), 0) AS BIGINT) FROM ${identifier(relation)} WHERE (${notLate(shape.closing!)}) IS NOT TRUE`;
}

/** Columns under names of their own: a later one of a name that is there already gets a number. */
export function distinctColumns(columns: readonly StateColumn[]): StateColumn[] {
  const taken = new Set<string>();
  return columns.map(({ name, type }) => {
    let free = name;
    for (let n = 1; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`;
    taken.add(free.toLowerCase());
    return { name: free, type };
  });
}

/** The rows of `from` that `lateRowsCounter` counts, before they are grouped. */
export function lateRowsQuery(
  closing: ClosingKey,
  keys: readonly KeyColumn[],
  from: string,
  columns: readonly StateColumn[],
): string {
  const key = keys.find(({ name }) => name === closing.key)!;
  const positions = columns.map((_, index) => identifier(`c${index}`));
  const named = distinctColumns(columns).map(({ name }, index) => `${positions[index]} AS ${identifier(name)}`);
  const rows = `SELECT ${key.sql} AS ${CLOSING_KEY}, * FROM ${from}`;
  const late = notLate({ ...closing, key: CLOSING_KEY_NAME });
  return `SELECT ${list(named)} FROM (${rows}) AS late(${list([CLOSING_KEY, ...positions])}) WHERE (${late}) IS NOT TRUE`;
}
