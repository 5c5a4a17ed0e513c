import assert from 'node:assert/strict';

/** A row as texts: numbers digit by digit as they were written, times as DuckDB prints them. */
export type TextRow = Record<string, string | null>;

/** As many rows of either side are shown when they differ. */
const SAMPLE_ROWS = 5;

/** Equal as multisets. `what` they are is told when they differ. */
export function assertSameRows(actual: readonly TextRow[], expected: readonly TextRow[], what = 'rows'): void {
  const left = new Map<string, number>();
  for (const row of expected.map(canonical)) left.set(row, (left.get(row) ?? 0) + 1);
  const surplus: string[] = [];
  for (const row of actual.map(canonical)) {
    const count = left.get(row) ?? 0;
    if (count === 0) surplus.push(row);
    else left.set(row, count - 1);
  }
  const missing = [...left].flatMap(([row, count]) => Array<string>(count).fill(row));
  const sample = (rows: string[]) => rows.sort().slice(0, SAMPLE_ROWS).join('\n  ');
  assert.ok(
    surplus.length + missing.length === 0,
    `${what}: ${actual.length} for ${expected.length};\n${surplus.length} too many:\n  ${sample(surplus)}\n` +
      `${missing.length} missing:\n  ${sample(missing)}`,
  );
  assert.ok(expected.length > 0, `${what}: none at all, so nothing is compared`);
}

/** A JSON object as texts; numbers keep the digits they were written with. */
export function textRowOf(json: string): TextRow {
  const row = JSON.parse(json, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? context?.source : value,
  ) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]));
}

const ISO_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.0+|(\.\d*?[1-9])0*)Z$/;

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return String(value).replace(ISO_TIME, (_, date, time, fraction) => `${date} ${time}${fraction ?? ''}`);
}

const TRAILING_ZEROS = /^(-?\d+)(?:\.0+|(\.\d*?[1-9])0+)$/;

/** Every digit of a number counts but the zeros at its end, which JSON writers are free to leave out. */
const plain = (text: string | null) =>
  text?.replace(TRAILING_ZEROS, (_, whole, part) => `${whole}${part ?? ''}`) ?? null;

function canonical(row: TextRow): string {
  const fields = Object.entries(row).map(([name, text]) => [name, plain(text)] as const);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
