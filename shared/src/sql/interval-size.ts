import { type Expression, printAst, visit } from './ast.ts';
import { named, noTable, select } from './ast-build.ts';
import type { SqlFrontend } from './frontend.ts';

/** Why the size of a window is refused. */
export type SizeProblem = 'notConstant' | 'months' | 'notPositive';

/** A constant interval as DuckDB keeps it: a month is no number of days, a day no number of hours. */
export type IntervalParts = { months: number; days: number; micros: number };

const DAY_MICROS = 86_400_000_000;

/** The length of a constant interval in µs (a day is 24 hours). */
export async function intervalMicros(size: Expression, frontend: SqlFrontend): Promise<number | SizeProblem> {
  const micros = await constantMicros(size, frontend);
  return typeof micros === 'number' && micros <= 0 ? 'notPositive' : micros;
}

/** The same of an interval that may be negative; null: it has no fixed length. */
export async function signedMicros(size: Expression, frontend: SqlFrontend): Promise<number | null> {
  const micros = await constantMicros(size, frontend);
  return typeof micros === 'number' ? micros : null;
}

async function constantMicros(size: Expression, frontend: SqlFrontend): Promise<number | SizeProblem> {
  const parts = await intervalParts(size, frontend);
  if (parts === null) return 'notConstant';
  return parts.months === 0 ? parts.days * DAY_MICROS + parts.micros : 'months';
}

/** Null: it is no constant interval. */
export async function intervalParts(size: Expression, frontend: SqlFrontend): Promise<IntervalParts | null> {
  let constant = true;
  visit(size, (node) => {
    const allowed =
      node.class === 'CONSTANT' ||
      node.class === 'CAST' ||
      (node.class === 'FUNCTION' && /^(to_\w+|trunc)$/.test(String(node.function_name)));
    if (!allowed) constant = false;
    return undefined;
  });
  if (!constant) return null;
  const value = await frontend.deserialize(printAst(select([named(size, 'size')], noTable())));
  const months = "date_part('year', size) * 12 + date_part('month', size)";
  const days = "date_part('day', size)";
  const micros = `(date_part('epoch', size - to_months(CAST(${months} AS INTEGER)) - to_days(CAST(${days} AS INTEGER))) * 1000000)::BIGINT`;
  const result = await frontend.evaluate(`SELECT ${months}, ${days}, ${micros} FROM (${value})`);
  if (!result.ok) return null;
  const [m, d, rest] = result.values.map(Number) as [number, number, number];
  return { months: m, days: d, micros: rest };
}

const UNITS: readonly [string, number][] = [
  ['days', DAY_MICROS],
  ['hours', 3_600_000_000],
  ['minutes', 60_000_000],
  ['seconds', 1_000_000],
  ['milliseconds', 1_000],
  ['microseconds', 1],
];

/** A length in µs as the text of an interval, in the largest unit that divides it. */
export function intervalText(micros: number): string {
  const [unit, size] = UNITS.find(([, length]) => micros % length === 0)!;
  const amount = micros / size;
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;
}
