import { type Expression, printAst, visit } from './ast.ts';
import { named, noTable, select } from './ast-build.ts';
import type { SqlFrontend } from './frontend.ts';

/** Why a window size is refused. */
export type SizeProblem = 'notConstant' | 'months' | 'notPositive';

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
  let constant = true;
  visit(size, (node) => {
    const allowed =
      node.class === 'CONSTANT' ||
      node.class === 'CAST' ||
      (node.class === 'FUNCTION' && /^(to_\w+|trunc)$/.test(String(node.function_name)));
    if (!allowed) constant = false;
    return undefined;
  });
  if (!constant) return 'notConstant';
  const value = await frontend.deserialize(printAst(select([named(size, 'size')], noTable())));
  const parts = "date_part('year', size) * 12 + date_part('month', size), (date_part('epoch', size) * 1000000)::BIGINT";
  const result = await frontend.evaluate(`SELECT ${parts} FROM (${value})`);
  if (!result.ok) return 'notConstant';
  const [months, micros] = result.values.map(Number) as [number, number];
  return months === 0 ? micros : 'months';
}

const UNITS: readonly [string, number][] = [
  ['days', 86_400_000_000],
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
