import type { LateRows, Operator } from '../../plan/index.ts';
import { intervalText } from '../interval-size.ts';
import { identifier, literal } from '../quote.ts';
import type { Closing } from '../relations/relation.ts';

export const variable = (name: string): string => `CAST(getvariable(${literal(name)}) AS TIMESTAMP)`;

/** The arithmetic stays on the constant side, so that time-ordered state is skipped by its minima and maxima. */
export const watermarkLess = (name: 'watermark' | 'previous_watermark', micros: number): string =>
  micros === 0 ? variable(name) : `${variable(name)} - INTERVAL ${literal(intervalText(micros))}`;

/** Rows that the watermark has not closed. NULL, a row without event time, belongs to nothing that could stay open. */
export const notLate = ({ column, toEndMicros }: Closing): string =>
  `${identifier(column)} > ${watermarkLess('watermark', toEndMicros)}`;

/** Condition on rows that the last batch's watermark has closed. */
export const wasClosed = ({ column, toEndMicros }: Closing): string =>
  `${identifier(column)} <= ${watermarkLess('previous_watermark', toEndMicros)}`;

/** The rows of an operator's input that come too late for it. */
export function lateAmong(
  operatorId: string,
  from: string,
  closing: Closing,
  columns: LateRows['columns'],
): { counters: Operator['counters']; lateRows: LateRows } {
  const late = `${from} WHERE (${notLate(closing)}) IS NOT TRUE`;
  const countSql = `SELECT count(*) FROM ${late}`;
  const sql = `SELECT ${columns.map(({ name }) => identifier(name)).join(', ')} FROM ${late}`;
  return { counters: [{ name: 'lateRows', sql: countSql }], lateRows: { operatorId, countSql, sql, columns } };
}

/** Windows of a length: rows end when the watermark passes one of its multiples. Sessions may end at any time. */
export const EVERY_MOMENT_MS = 1;
