// The statements of a two-phase aggregate with state, as templates over named columns. No syntax trees here.
import { keyHashOf, partitionOf, type StateTable } from '../../plan/index.ts';
import { intervalText } from '../interval-size.ts';
import type { Accumulator, MergeableAggregate } from '../mergeable-aggregates.ts';
import { identifier, literal } from '../quote.ts';
import { type Closing, freeName } from '../relations/relation.ts';
import { list } from './draft.ts';
import { keyedAdoption } from './keyed-state.ts';
import { notLate, wasClosed, watermarkLess } from './lateness.ts';
import { EXISTED, KEY_HASH, PARTITION, WEIGHT } from './own-columns.ts';
import { ARRIVAL, ARRIVAL_TYPED, ARRIVES_NOW, endsByTtl, IS_FORGOTTEN, isKept } from './ttl-sql.ts';

export type StateColumn = { name: string; type: string };
export type KeyColumn = StateColumn & { sql: string };
/** `group` names the aggregate's accumulators in order, `index` this one among them. */
export type AccumulatorColumn = StateColumn & {
  partialSql: string;
  definition: Accumulator;
  group: string[];
  index: number;
};
export type FinishedColumn = StateColumn & { definition: MergeableAggregate; accumulators: string[] };
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
  /** Rows have weights: a group of which all were taken back is gone. `rows` is the accumulator that knows. */
  retracts: boolean;
  rows: string | null;
  emission: Emission;
  /** Groups that were idle for stateTtl are forgotten. */
  expires: boolean;
};

/**
 * What a batch makes of its groups. `changes`: what was and what is now. `additions`: groups that are new. `upserts`: what is now,
 * of every group that was touched. `closed`: what the watermark has closed. `whole`: all there are. `firsts`: groups of
 * truths of which some have just become true, with those alone.
 */
export type Emission = 'changes' | 'additions' | 'upserts' | 'closed' | 'whole' | 'firsts';

/** Rides along in partial relations that stand for every record of the input. */
const EVENT_TIME = identifier('__event_time');
const CLOSING_KEY_NAME = '__closing_key';
const CLOSING_KEY = identifier(CLOSING_KEY_NAME);
const STORED_PREFIX = '__stored_';
const MICROS_PER_MS = 1_000;

const names = (columns: readonly { name: string }[]): string[] => columns.map(({ name }) => identifier(name));

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

const endOf = ({ key, toEndMicros }: ClosingKey): Closing => ({ column: key, toEndMicros });

/** Tables of the operator, by what they hold. */
const relationsOf = ({ operatorId }: Pick<AggregateShape, 'operatorId'>) => ({
  state: `${operatorId}_state`,
  pending: `${operatorId}_pending`,
});

/**
 * Merges the shuffled pieces of every touched group and adds them to what is stored. A group that this very batch would have forgotten
 * starts anew: its old row is evicted, never updated.
 */
export function mergeStatement(shape: AggregateShape): string {
  const { keys, accumulators, closing } = shape;
  const relations = relationsOf(shape);
  const keepStored = shape.emission === 'changes' || shape.emission === 'firsts';
  const merged = accumulators.map(
    (one) =>
      `CAST(${one.definition.merge(identifier(one.name), one.group.map(identifier))} AS ${one.type}) AS ${identifier(one.name)}`,
  );
  const where = closing ? ` WHERE ${notLate(endOf(closing))}` : '';
  const grouping = keys.length > 0 ? ` GROUP BY ${list(names(keys))}` : ' HAVING count(*) > 0';
  const hash = isHashed(shape) ? [`${keyHashOf(names(keys))} AS ${KEY_HASH}`] : [];
  const fresh = `SELECT ${list([...names(keys), ...merged, `any_value(${PARTITION}) AS ${PARTITION}`, ...hash])} FROM ${identifier(shape.input)}${where}${grouping}`;
  const combined = accumulators.map((one) => {
    const side = (alias: string) => one.group.map((name) => `${alias}.${identifier(name)}`);
    return `CAST(${one.definition.combine(side('s'), side('n'), one.index)} AS ${one.type}) AS ${identifier(one.name)}`;
  });
  const stored = keepStored
    ? accumulators.map(({ name }) => `s.${identifier(name)} AS ${identifier(STORED_PREFIX + name)}`)
    : [];
  // By a column that is read anyhow: each one more is dear where rows are fetched by an index.
  const existed = `s.${isHashed(shape) ? KEY_HASH : PARTITION} IS NOT NULL AS ${EXISTED}`;
  const own = [PARTITION, ...hashColumn(shape)].map((name) => `n.${name}`).concat(shape.expires ? [ARRIVES_NOW] : []);
  const columns = [...names(keys).map((name) => `n.${name}`), ...combined, ...own, existed, ...stored];
  const merging = `SELECT ${list(columns)}
FROM (${fresh}) AS n
LEFT JOIN ${identifier(relations.state)} AS s ON ${sameGroup('s', 'n', shape)}${shape.expires ? ` AND ${isKept('s.')}` : ''}`;
  const create = `CREATE OR REPLACE TEMP TABLE ${identifier(relations.pending)} AS`;
  const kept = worthKeeping(shape);
  return kept === null ? `${create}\n${merging}` : `${create}\nSELECT * FROM (${merging}) WHERE ${kept}`;
}

/** Which merged groups are stored anew; null: all of them. */
function worthKeeping(shape: AggregateShape): string | null {
  // What is there already says nothing new where only first times count.
  if (shape.emission === 'additions') return `NOT ${EXISTED}`;
  if (shape.emission === 'firsts') {
    const news = shape.accumulators.map(
      ({ name }) => `${identifier(name)} IS DISTINCT FROM ${identifier(STORED_PREFIX + name)}`,
    );
    return `NOT ${EXISTED} OR ${news.join(' OR ')}`;
  }
  // A group that came and went within the batch was never there.
  return shape.retracts ? `${EXISTED} OR NOT (${goneSql(shape)})` : null;
}

const goneSql = ({ rows }: AggregateShape): string => `coalesce(${identifier(rows!)}, 0) = 0`;

/** State that windows close lies in time order: the closing key finds it, and an index would only have to forget it all again. */
const isHashed = ({ keys, closing }: AggregateShape): boolean => keys.length > 0 && closing === null;
const arrivalColumn = ({ expires }: AggregateShape): string[] => (expires ? [ARRIVAL] : []);
const hashColumn = (shape: AggregateShape): string[] => (isHashed(shape) ? [KEY_HASH] : []);

/**
 * NULL keys are a group like any other, hence IS NOT DISTINCT FROM (still a hash join). The closing key is never NULL:
 * `=` on it lets the join skip state of other windows (2 M rows of state: 5 ms against 63 ms).
 */
function sameGroup(left: string, right: string, shape: AggregateShape): string {
  const { keys, closing } = shape;
  if (keys.length === 0) return 'TRUE';
  const sameHash = hashColumn(shape).map((name) => `${left}.${name} = ${right}.${name}`);
  const same = keys.map(({ name }) => {
    const operator = name === closing?.key ? '=' : 'IS NOT DISTINCT FROM';
    return `${left}.${identifier(name)} ${operator} ${right}.${identifier(name)}`;
  });
  return [...sameHash, ...same].join(' AND ');
}

/** The groups of `from` with their aggregates finished. */
function finishedFrom(from: string, shape: AggregateShape, weight: string | null, prefix = ''): string {
  const derived = shape.derived.map(
    ({ name, fromKey, sizeMicros }) =>
      `${identifier(fromKey)} + INTERVAL ${literal(intervalText(sizeMicros))} AS ${identifier(name)}`,
  );
  const finished = shape.finished.map(({ name, type, definition, accumulators }) => {
    const pieces = accumulators.map((piece) => identifier(prefix + piece));
    const value = definition.finish(pieces);
    return `${value === pieces[0] ? value : `CAST(${value} AS ${type})`} AS ${identifier(name)}`;
  });
  const weighted = weight === null ? [] : [`CAST(${weight} AS INTEGER) AS ${WEIGHT}`];
  return `SELECT ${list([...names(shape.keys), ...derived, ...finished, PARTITION, ...weighted])} FROM ${from}`;
}

/** What the operator puts out, once `mergeStatement` has run: a SELECT with PARTITION_COLUMN and, but for additions, weights. */
export function outputQuery(shape: AggregateShape): string {
  const { state, pending } = relationsOf(shape);
  switch (shape.emission) {
    case 'closed': {
      const { key, toEndMicros } = shape.closing!;
      const closed = `${identifier(key)} > ${watermarkLess('previous_watermark', toEndMicros)} AND ${identifier(key)} <= ${watermarkLess('watermark', toEndMicros)}`;
      return finishedFrom(`${identifier(state)} WHERE ${closed}`, shape, '1');
    }
    case 'whole': {
      const groups = `(${adoptionOf(shape).snapshot})`;
      if (shape.expires) return finishedFrom(`${groups} WHERE ${isKept()}`, shape, '1');
      return finishedFrom(shape.retracts ? `${groups} WHERE NOT (${goneSql(shape)})` : groups, shape, '1');
    }
    case 'additions':
      return finishedFrom(`${identifier(pending)} WHERE NOT ${EXISTED}`, shape, null);
    case 'firsts': {
      const truths = shape.finished.map(({ name, accumulators: [piece] }) => {
        const isFirst = `${identifier(piece!)} AND ${identifier(STORED_PREFIX + piece)} IS NOT TRUE`;
        return `coalesce(${isFirst}, FALSE) AS ${identifier(name)}`;
      });
      return `SELECT ${list([...names(shape.keys), ...truths, PARTITION])} FROM ${identifier(pending)}`;
    }
    case 'upserts':
      return finishedFrom(identifier(pending), shape, '1');
    case 'changes': {
      const changed = shape.accumulators.map(
        ({ name }) => `${identifier(name)} IS DISTINCT FROM ${identifier(STORED_PREFIX + name)}`,
      );
      const stays = shape.retracts ? ` AND NOT (${goneSql(shape)})` : '';
      const differs = changed.length > 0 ? ` AND (NOT ${EXISTED} OR ${changed.join(' OR ')})` : '';
      const now = finishedFrom(`${identifier(pending)} WHERE TRUE${differs}${stays}`, shape, '1');
      const before = finishedFrom(`${identifier(pending)} WHERE ${EXISTED}${differs}`, shape, '-1', STORED_PREFIX);
      const forgotten = shape.expires ? [finishedFrom(`${identifier(state)} WHERE ${IS_FORGOTTEN}`, shape, '-1')] : [];
      return [now, before, ...forgotten].join('\nUNION ALL\n');
    }
    default:
      return shape.emission satisfies never;
  }
}

/** What is kept of all groups: how pending ones come in, and what there is then. */
function adoptionOf(shape: AggregateShape): Pick<StateTable, 'adopt' | 'snapshot'> {
  const { state, pending } = relationsOf(shape);
  const changing = [...names(shape.accumulators), ...arrivalColumn(shape)];
  const kept = [...names(shape.keys), ...changing, PARTITION];
  return keyedAdoption({
    ...{ state: identifier(state), pending: identifier(pending), alias: 'p', same: sameGroup('s', 'p', shape) },
    ...{ columns: [...kept, ...hashColumn(shape)], kept, changing, goneSql: shape.retracts ? goneSql(shape) : null },
  });
}

export function stateTable(shape: AggregateShape): StateTable {
  const { keys, accumulators, closing } = shape;
  const { state, pending } = relationsOf(shape);
  const key = closing ? identifier(closing.key) : '';
  const { adopt, snapshot } = adoptionOf(shape);
  return {
    table: state,
    kind: 'keyed',
    goneSql: shape.retracts ? goneSql(shape) : null,
    compact: null,
    columns: [...keys, ...accumulators, ...(shape.expires ? [ARRIVAL_TYPED] : [])].map(({ name, type }) => ({
      name,
      type,
    })),
    keyColumns: keys.map(({ name }) => name),
    ...(isHashed(shape) ? { hashed: true } : {}),
    pendingRelation: pending,
    evict: closing && {
      sql: `DELETE FROM ${identifier(state)} WHERE ${wasClosed(endOf(closing))}`,
      everyMs: closing.sizeMicros / MICROS_PER_MS,
    },
    ...(shape.expires ? { ttl: endsByTtl(state, shape.emission === 'changes' || shape.emission === 'whole') } : {}),
    adopt,
    // Only append mode has something to say when a window closes; elsewhere eviction can wait for the next batch.
    nextExpiry:
      closing && shape.emission === 'closed'
        ? `SELECT min(${key})${closing.toEndMicros === 0 ? '' : ` + INTERVAL ${literal(intervalText(closing.toEndMicros))}`} FROM (SELECT ${key} FROM ${identifier(state)} UNION ALL SELECT ${key} FROM ${identifier(pending)}) WHERE ${notLate(endOf(closing))}`
        : null,
    snapshot,
  };
}

/**
 * Counts the input records of groups that were closed when they came, over groups of `relation`. `rows` is the accumulator that
 * counts records.
 */
export function lateRowsCounter(shape: AggregateShape, rows: string, relation: string): string {
  return `SELECT CAST(coalesce(sum(${identifier(rows)}), 0) AS BIGINT) FROM ${identifier(relation)} WHERE (${notLate(endOf(shape.closing!))}) IS NOT TRUE`;
}

/** Columns under names of their own: a later one of a name that is there already gets a number. */
export function distinctColumns(columns: readonly StateColumn[]): StateColumn[] {
  const taken = new Set<string>();
  return columns.map(({ name, type }) => ({ name: freeName(name, taken), type }));
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
  const late = notLate({ ...closing, column: CLOSING_KEY_NAME });
  return `SELECT ${list(named)} FROM (${rows}) AS late(${list([CLOSING_KEY, ...positions])}) WHERE (${late}) IS NOT TRUE`;
}
