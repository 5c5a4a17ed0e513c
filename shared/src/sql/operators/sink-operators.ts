// The end of a query: what of its change set the sink is told.

import type { Column, Operator } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import type { Closing } from '../relations/relation.ts';
import { createTable, list, namesOf, quoted } from './draft.ts';
import { watermarkLess } from './lateness.ts';
import { type Log, logTable, pendingRows, repeated } from './log-state.ts';
import { WEIGHT } from './own-columns.ts';

/** Column of changelog output: c for a row that is new, d for one that is gone, as in Debezium's envelopes. */
export const OP_COLUMN = '__op';

export type Result = { from: string; columns: Column[]; weighted: boolean };

/** Columns under the names of the output, with the weight the sink is told. */
const told = (columns: readonly Column[], output: readonly Column[], weight: string): string =>
  list([
    ...output.map(({ name }, index) => `${identifier(columns[index]!.name)} AS ${identifier(name)}`),
    `CAST(${weight} AS TINYINT) AS ${WEIGHT}`,
  ]);

/** Rows that are only ever added. */
export const addedRows = ({ from, columns }: Result, output: readonly Column[]): string =>
  `SELECT ${told(columns, output, '1')} FROM ${from}`;

/** Every row that is added or taken away, one by one. */
export function changedRows({ from, columns, weighted }: Result, output: readonly Column[]): string {
  const named = columns.map(({ name }, index) => `${identifier(name)} AS ${identifier(output[index]!.name)}`);
  const added = `CAST(1 AS TINYINT) AS ${WEIGHT}`;
  if (!weighted) return `SELECT ${list([...named, `'c' AS ${identifier(OP_COLUMN)}`, added])} FROM ${from}`;
  const names = list(quoted(namesOf(columns)));
  const each = `SELECT ${names}, ${WEIGHT}, unnest(range(abs(${WEIGHT}))) FROM ${from}`;
  const op = `CASE WHEN ${WEIGHT} > 0 THEN 'c' ELSE 'd' END AS ${identifier(OP_COLUMN)}`;
  return `SELECT ${list([...named, op, added])} FROM (${each})`;
}

/** Of each key the row that there is now; where there is none any more, one that was. */
export function upsertedRows(
  { from, columns, weighted }: Result,
  output: readonly Column[],
  keys: readonly string[],
): string {
  if (!weighted) return addedRows({ from, columns, weighted }, output);
  const names = list(quoted(namesOf(columns)));
  const partition = keys.length > 0 ? `PARTITION BY ${list(quoted(keys))} ` : '';
  const newest = `SELECT ${names}, ${WEIGHT} FROM ${from} QUALIFY row_number() OVER (${partition}ORDER BY ${WEIGHT} DESC) = 1`;
  return `SELECT ${told(columns, output, `sign(${WEIGHT})`)} FROM (${newest})`;
}

/**
 * Holds rows back until the watermark has passed them: they are put out once, when they can change no more. `ofSources`: among them
 * are rows that no operator has looked at, which may lack the time or come after it; those pass at once.
 */
export function holdOperator(
  id: string,
  { from, columns, weighted }: Result,
  output: readonly Column[],
  closing: Closing & { everyMs: number },
  ofSources: boolean,
): { operator: Operator; sql: string } {
  const log: Log = {
    table: `${id}_held`,
    pending: `${id}_held_pending`,
    columns,
    weighted,
    keyColumns: [closing.column],
  };
  const column = identifier(closing.column);
  const until = watermarkLess('watermark', closing.toEndMicros);
  const since = watermarkLess('previous_watermark', closing.toEndMicros);
  const evict = { sql: `DELETE FROM ${identifier(log.table)} WHERE ${column} <= ${since}`, everyMs: closing.everyMs };
  const both = `SELECT ${column} FROM ${identifier(log.table)} UNION ALL SELECT ${column} FROM ${identifier(log.pending)}`;
  const later = closing.toEndMicros === 0 ? '' : ` + INTERVAL '${closing.toEndMicros} microseconds'`;
  const nextExpiry = `SELECT min(${column})${later} FROM (${both}) WHERE ${column} > ${until}`;
  const state = logTable(log, { evict, nextExpiry });
  const due = `(SELECT * FROM (${state.snapshot}) WHERE ${column} > ${since} AND ${column} <= ${until})`;
  const each = (rows: string) => (weighted ? repeated(rows, quoted(namesOf(columns))) : `SELECT * FROM ${rows}`);
  const held = weighted ? `(${each(due)})` : due;
  const passing = `(SELECT * FROM ${from} WHERE (${column} > ${since}) IS NOT TRUE)`;
  const shown = list(quoted(namesOf(columns)));
  const rows = ofSources ? `(SELECT ${shown} FROM ${held} UNION ALL SELECT ${shown} FROM (${each(passing)}))` : held;
  const description = `Hold rows until the watermark passes ${closing.column}`;
  const waiting = ofSources ? `${from} WHERE ${column} > ${since}` : from;
  const statements = [createTable(log.pending, pendingRows(log, waiting))];
  return {
    operator: { ...{ id: `${id}_held`, kind: 'hold', description, statements, counters: [], lateRows: null }, state },
    sql: addedRows({ from: rows, columns, weighted: false }, output),
  };
}

/** Keeps the whole result and puts all of it out. */
export function collectOperator(
  id: string,
  { from, columns, weighted }: Result,
  output: readonly Column[],
): { operator: Operator; sql: string } {
  const log: Log = { table: `${id}_result`, pending: `${id}_result_pending`, columns, weighted, keyColumns: [] };
  const state = logTable(log, { evict: null, nextExpiry: null });
  const rows = weighted ? `(${repeated(`(${state.snapshot})`, quoted(namesOf(columns)))})` : `(${state.snapshot})`;
  const statements = [createTable(log.pending, pendingRows(log, from))];
  return {
    operator: {
      ...{
        id: `${id}_result`,
        kind: 'collect',
        description: 'Keep the whole result',
        statements,
        counters: [],
        lateRows: null,
      },
      state,
    },
    sql: addedRows({ from: rows, columns, weighted: false }, output),
  };
}
