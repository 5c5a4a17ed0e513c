// Recompute: Δout = Q(R_K + ΔR) − out_K, where K are the keys that ΔR touches, R_K the rows of those keys that are kept, Q what
// is asked of the rows of a key, and out_K what was put out of them before. Putting out is kept too, so that what is taken back is
// what was put out, whatever Q makes of ties and sums of doubles.
// With stateTtl K has the keys that lose rows as well, and R_K is what is left of them. Where only results are kept each has the time at
// which its row came or, where keys expire as a whole, at which the key was touched last.

import { type Column, type Operator, PARTITION_COLUMN } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import type { RecomputeRelation } from '../relations/relation.ts';
import { createTable, list, namesOf, quoted } from './draft.ts';
import { EVERY_MOMENT_MS, lateAmong, notLate, wasClosed } from './lateness.ts';
import { cancelled, hashOf, type Log, logTable, pendingRows, repeated, touchedOnly } from './log-state.ts';
import { EXISTED, PARTITION, WEIGHT } from './own-columns.ts';
import { ARRIVAL, ARRIVAL_TYPED, ARRIVES_NOW, endsByTtl, IS_FORGOTTEN, keptRows } from './ttl-sql.ts';

export type RecomputeShape = Pick<
  RecomputeRelation,
  'keys' | 'grouped' | 'keepsOnlyResults' | 'closing' | 'countsLate' | 'what'
> & {
  id: string;
  /** FROM-able, with partition and, if `weighted`, weights. */
  input: { from: string; columns: Column[]; weighted: boolean };
  layers: { name: string; sql: string }[][];
  items: { name: string; sql: string }[];
  qualify: string[];
  /** By stateTtl. */
  expires: 'rows' | 'keys' | null;
  /** Of the items. */
  columns: Column[];
};

/** The operators that hold rows and results; the output is the relation `output`, with weights and partition. */
export function recomputeOperators(shape: RecomputeShape): { operators: Operator[]; output: string } {
  const { id, input, keys, closing, columns, expires } = shape;
  const timesResults = expires !== null && shape.keepsOnlyResults;
  const timesRows = expires !== null && !shape.keepsOnlyResults;
  const rows: Log = {
    ...{ table: `${id}_rows`, pending: `${id}_rows_pending`, columns: input.columns, keyColumns: keys },
    weighted: input.weighted,
    timed: timesRows,
  };
  const results: Log = {
    ...{ table: `${id}_results`, pending: `${id}_results_pending`, keyColumns: keys, weighted: true },
    columns: [...columns, ...(timesResults ? [ARRIVAL_TYPED] : [])],
  };
  const [fresh, touched, current] = [`${id}_fresh`, `${id}_touched`, `${id}_current`];
  const where = closing ? ` WHERE ${notLate(closing.input)}` : '';
  const inputNames = [...quoted([...namesOf(input.columns), PARTITION_COLUMN]), ...(timesResults ? [ARRIVAL] : [])];
  const expiring = expires && identifier(shape.keepsOnlyResults ? results.table : rows.table);
  const before = `${id}_before`;
  const statements = [
    createTable(
      fresh,
      `SELECT ${list([...quoted([...namesOf(input.columns), PARTITION_COLUMN]), ...(timesResults ? [ARRIVES_NOW] : []), ...(input.weighted ? [WEIGHT] : [])])} FROM ${input.from}${where}`,
    ),
    createTable(touched, touchedKeys(keys, fresh, expiring)),
    createTable(
      before,
      cancelled(
        `(SELECT ${list([...quoted(namesOf(results.columns)), WEIGHT, PARTITION])} FROM ${touchedOnly(identifier(results.table), touched, keys)})`,
        results,
      ),
    ),
  ];
  const kept = shape.keepsOnlyResults
    ? { from: timesResults ? keptRows(before) : identifier(before), weighted: true }
    : {
        from: touchedOnly(timesRows ? keptRows(rows.table) : identifier(rows.table), touched, keys),
        weighted: input.weighted,
      };
  if (!shape.keepsOnlyResults) statements.push(createTable(rows.pending, pendingRows(rows, identifier(fresh))));
  statements.push(createTable(current, currentRows(shape, kept, fresh, inputNames)));
  const names = [...quoted(namesOf(results.columns)), PARTITION];
  const changes = `SELECT ${list(names)}, 1 AS ${WEIGHT} FROM (${question(shape, current)}) UNION ALL SELECT ${list(names)}, -${WEIGHT} FROM ${identifier(before)}`;
  statements.push(
    createTable(
      results.pending,
      `SELECT ${list([...names, ...hashOf(keys)])}, CAST(sum(${WEIGHT}) AS INTEGER) AS ${WEIGHT}, FALSE AS ${EXISTED} FROM (${changes}) GROUP BY ${list(names)} HAVING sum(${WEIGHT}) <> 0`,
    ),
  );
  const output = timesResults ? `${id}_output` : results.pending;
  if (timesResults) {
    const plain = list([...quoted(namesOf(columns)), PARTITION]);
    const sql = `SELECT ${plain}, CAST(sum(${WEIGHT}) AS INTEGER) AS ${WEIGHT} FROM ${identifier(results.pending)} GROUP BY ${plain} HAVING sum(${WEIGHT}) <> 0`;
    statements.push(createTable(output, sql));
  }
  const everyMs = EVERY_MOMENT_MS;
  const ends = (log: Log, side: 'input' | 'result', timed: boolean) => ({
    ...(timed ? { ttl: endsByTtl(log.table, true) } : {}),
    evict: closing && { sql: `DELETE FROM ${identifier(log.table)} WHERE ${wasClosed(closing[side])}`, everyMs },
    nextExpiry: null,
  });
  const late = closing && shape.countsLate ? lateAmong(id, input.from, closing.input, input.columns) : null;
  const holder: Operator = {
    ...{
      id: `${id}_results`,
      kind: 'recompute',
      description: `Compute ${shape.what} anew where it changes`,
      statements,
    },
    ...{
      counters: late?.counters ?? [],
      lateRows: late?.lateRows ?? null,
      state: logTable(results, ends(results, 'result', timesResults)),
    },
  };
  if (shape.keepsOnlyResults) return { operators: [holder], output };
  const keeper: Operator = {
    ...{
      id: `${id}_rows`,
      kind: 'rows',
      description: `Keep the rows of ${keys.length > 0 ? keys.join(', ') : 'everything'}`,
    },
    ...{ statements: [], counters: [], lateRows: null, state: logTable(rows, ends(rows, 'input', timesRows)) },
  };
  return { operators: [holder, keeper], output };
}

/** Keys of rows that are new, and of those in the table `expiring` that are forgotten now. */
function touchedKeys(keys: readonly string[], fresh: string, expiring: string | null): string {
  const names = keys.length > 0 ? list([...quoted(keys), ...hashOf(keys)]) : '1 AS one';
  const changed = `SELECT ${names} FROM ${identifier(fresh)}`;
  if (expiring !== null) return `${changed} UNION SELECT ${names} FROM ${expiring} WHERE ${IS_FORGOTTEN}`;
  return keys.length > 0 ? changed.replace('SELECT', 'SELECT DISTINCT') : `${changed} LIMIT 1`;
}

/** The rows of touched keys as they are now. */
function currentRows(
  { input }: RecomputeShape,
  kept: { from: string; weighted: boolean },
  fresh: string,
  inputNames: readonly string[],
): string {
  const names = list(inputNames);
  if (!kept.weighted && !input.weighted)
    return `SELECT ${names} FROM ${kept.from}\nUNION ALL SELECT ${names} FROM ${identifier(fresh)}`;
  const weight = (weighted: boolean) => (weighted ? WEIGHT : `1 AS ${WEIGHT}`);
  const both =
    `SELECT ${names}, ${weight(kept.weighted)} FROM ${kept.from}\n` +
    `UNION ALL SELECT ${names}, ${weight(input.weighted)} FROM ${identifier(fresh)}`;
  const summed = `SELECT ${names}, sum(${WEIGHT}) AS ${WEIGHT} FROM (${both}) GROUP BY ${names}`;
  return repeated(`(${summed})`, inputNames);
}

/** Q over the current rows, with the partition. */
function question(shape: RecomputeShape, current: string): string {
  const { keys, grouped, layers, items, qualify, expires, keepsOnlyResults } = shape;
  let from = identifier(current);
  for (const layer of layers) {
    from = `(SELECT *, ${list(layer.map(({ name, sql }) => `${sql} AS ${identifier(name)}`))} FROM ${from})`;
  }
  const computed = items.map(({ name, sql }) => `${sql} AS ${identifier(name)}`);
  if (grouped) {
    const grouping = keys.length > 0 ? ` GROUP BY ${list(quoted(keys))}` : ' HAVING count(*) > 0';
    return `SELECT ${list([...computed, `any_value(${PARTITION}) AS ${PARTITION}`])} FROM ${from}${grouping}`;
  }
  const time = expires === null || !keepsOnlyResults ? [] : [expires === 'keys' ? ARRIVES_NOW : ARRIVAL];
  const all = `SELECT ${list([...computed, ...time, PARTITION])} FROM ${from}`;
  return qualify.length > 0 ? `SELECT * FROM (${all}) WHERE ${qualify.map((one) => `(${one})`).join(' AND ')}` : all;
}
