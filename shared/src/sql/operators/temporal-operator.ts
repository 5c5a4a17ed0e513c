// Temporal join: each row l of the left side with v(l), the last version of its key at or before its time. Δout = v(ΔL) + (v' − v)(L), where L are
// the rows that the watermark has not passed and v' knows the versions that are new. A version that comes too late counts from the
// watermark on: what was said of rows before it stays.

import type { Column, Operator } from '../../plan/index.ts';
import { GONE_COLUMN, LAST_FIRST, SINCE_COLUMN } from '../changes/change-columns.ts';
import { identifier } from '../quote.ts';
import type { TemporalRelation } from '../relations/relation.ts';
import { createTable, list, namesOf, quoted } from './draft.ts';
import { EVERY_MOMENT_MS, lateAmong, notLate, wasClosed, watermarkLess } from './lateness.ts';
import { amongShared, hashOf, type Log, logTable, pendingRows, sharedKeys } from './log-state.ts';
import { EXISTED, PARTITION, WEIGHT } from './own-columns.ts';

const GONE = identifier(GONE_COLUMN.name);
const SINCE = identifier(SINCE_COLUMN.name);
const FRESH = identifier('__fresh');

export type TemporalShape = Pick<TemporalRelation, 'type' | 'keys' | 'time' | 'found'> & {
  id: string;
  /** FROM-able, with the partition. */
  left: { from: string; columns: Column[] };
  /** The same; its columns are those of versions, of which `shown` are the source's own. */
  right: { from: string; columns: Column[]; shown: Column[]; source: string };
  columns: Column[];
};

/** One operator for the state of each side; the output is the relation `output`, with weights and partition. */
export function temporalOperators(shape: TemporalShape): { operators: Operator[]; output: string } {
  const { id, left, right, keys, time } = shape;
  const rows = logOf(shape, 'left', left.columns);
  const versions = logOf(shape, 'right', right.columns);
  const output = `${id}_output`;
  const everyMs = EVERY_MOMENT_MS;
  const ended = { sql: `DELETE FROM ${identifier(rows.table)} WHERE ${wasClosed(time)}`, everyMs };
  const past = { sql: forgetPast(shape, versions), everyMs };
  const noTime = `${right.from} WHERE ${SINCE} IS NULL`;
  const [late, countUntimed] = [
    lateAmong(`${id}_left`, left.from, time, left.columns),
    `SELECT count(*) FROM ${noTime}`,
  ];
  const holder: Operator = {
    ...{
      id: `${id}_left`,
      kind: 'temporal',
      description: 'Keep rows that later versions may still change',
      statements: [],
    },
    ...{ ...late, state: logTable(rows, { evict: ended, nextExpiry: null }) },
  };
  const on = keys.map((key) => `${key.left} = ${key.right}`).join(', ');
  const joiner: Operator = {
    ...{ id: `${id}_right`, kind: 'temporal' },
    description: `${shape.type} join with ${right.source} as of ${time.column}, on ${on}`,
    statements: [...inputStatements(shape, rows, versions), createTable(output, outputRows(shape, rows))],
    counters: [{ name: 'lateRows', sql: countUntimed }],
    lateRows: {
      ...{ operatorId: `${id}_right`, countSql: countUntimed, columns: right.shown },
      sql: `SELECT ${list(quoted(namesOf(right.shown)))} FROM ${noTime}`,
    },
    state: logTable(versions, { evict: past, nextExpiry: null }),
  };
  return { operators: [holder, joiner], output };
}

function logOf({ id, keys }: TemporalShape, side: 'left' | 'right', columns: Column[]): Log {
  const keyColumns = keys.map((key) => key[side]);
  return { table: `${id}_${side}`, pending: `${id}_${side}_pending`, columns, weighted: false, keyColumns };
}

/** What is new, the versions of the keys it has, and the rows that new versions may change. */
function inputStatements(shape: TemporalShape, rows: Log, versions: Log): string[] {
  const { id, left, time } = shape;
  const [touched, changed] = [`${id}_touched`, `${id}_changed`];
  const [ofRows, ofVersions] = [rows, versions].map((log) => sharedKeys(log.keyColumns, log.pending));
  const version = list([...quoted(namesOf(versions.columns)), PARTITION]);
  const row = list([...quoted(namesOf(rows.columns)), PARTITION]);
  return [
    createTable(rows.pending, `${pendingRows(rows, left.from)} WHERE ${notLate(time)}`),
    createTable(versions.pending, freshVersions(shape, versions)),
    createTable(touched, `${ofRows} UNION ${ofVersions}`),
    createTable(changed, `SELECT DISTINCT * FROM (${ofVersions})`),
    createTable(
      `${id}_known`,
      `SELECT ${version}, FALSE AS ${FRESH} FROM ${storedOf(versions, touched)}\n` +
        `UNION ALL SELECT ${version}, TRUE FROM ${identifier(versions.pending)}`,
    ),
    createTable(`${id}_open`, `SELECT ${row} FROM ${storedOf(rows, changed)} WHERE ${notLate(time)}`),
  ];
}

const storedOf = ({ table, keyColumns }: Log, among: string): string =>
  amongShared(identifier(table), keyColumns, among);

function freshVersions({ right, time }: TemporalShape, { columns, keyColumns }: Log): string {
  const counts = `greatest(${SINCE}, ${watermarkLess('watermark', time.toEndMicros)}) AS ${SINCE}`;
  const names = namesOf(columns).map((name) => (name === SINCE_COLUMN.name ? counts : identifier(name)));
  return `SELECT ${list([...names, PARTITION, ...hashOf(keyColumns)])}, FALSE AS ${EXISTED} FROM ${right.from} WHERE ${SINCE} IS NOT NULL`;
}

function outputRows(shape: TemporalShape, rows: Log): string {
  const { id, columns } = shape;
  const [fresh, open, all, before] = [rows.pending, `${id}_open`, 'TRUE', `NOT ${FRESH}`];
  const changes = [answers(shape, fresh, all, 1), answers(shape, open, all, 1), answers(shape, open, before, -1)];
  const names = list([...quoted(namesOf(columns)), PARTITION]);
  return `SELECT ${names}, CAST(sum(${WEIGHT}) AS INTEGER) AS ${WEIGHT} FROM (\n${changes.join('\nUNION ALL ')}\n) GROUP BY ${names} HAVING sum(${WEIGHT}) <> 0`;
}

/** Rows with their versions. Of versions since one moment the last change counts. */
function answers(
  { id, type, keys, time, found, columns }: TemporalShape,
  rows: string,
  of: string,
  weight: number,
): string {
  const by = list([...quoted(keys.map((key) => key.right)), SINCE]);
  const versions = `(SELECT * FROM ${identifier(`${id}_known`)} WHERE ${of} QUALIFY row_number() OVER (PARTITION BY ${by} ORDER BY ${LAST_FIRST}) = 1)`;
  const items = columns.map(({ name }) => {
    const version = found.find((one) => one.name === name);
    if (version === undefined) return `l.${identifier(name)}`;
    return `CASE WHEN NOT v.${GONE} THEN v.${identifier(version.from)} END AS ${identifier(name)}`;
  });
  const same = keys.map((key) => `l.${identifier(key.left)} = v.${identifier(key.right)}`);
  const on = [...same, `l.${identifier(time.column)} >= v.${SINCE}`].join(' AND ');
  const where = type === 'inner' ? ` WHERE NOT v.${GONE}` : '';
  return `SELECT ${list([...items, `l.${PARTITION}`, `${weight} AS ${WEIGHT}`])} FROM ${identifier(rows)} AS l ASOF LEFT JOIN ${versions} AS v ON ${on}${where}`;
}

/** Of the versions that the watermark has passed each row needs the last one, if it is not gone. */
function forgetPast({ keys, time }: TemporalShape, { table }: Log): string {
  const by = list(quoted(keys.map((key) => key.right)));
  const past = `SELECT rowid AS id, ${GONE} AS gone, row_number() OVER (PARTITION BY ${by} ORDER BY ${SINCE} DESC, ${LAST_FIRST}) AS newer FROM ${identifier(table)} WHERE ${SINCE} <= ${watermarkLess('previous_watermark', time.toEndMicros)}`;
  return `DELETE FROM ${identifier(table)} WHERE rowid IN (SELECT id FROM (${past}) WHERE newer > 1 OR gone)`;
}
