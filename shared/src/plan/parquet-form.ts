/**
 * Types that Parquet, as DuckDB writes it, does not give back as they were, by what holds them exactly: HUGEINT becomes
 * DOUBLE, INTERVAL loses its microseconds, a time its zone. Integers beyond ±10^38 do not fit a DECIMAL and fail the query; a
 * sum of BIGINTs cannot get there.
 */
const STORED_AS: Readonly<Record<string, string>> = {
  HUGEINT: 'DECIMAL(38,0)',
  UHUGEINT: 'DECIMAL(38,0)',
  INTERVAL: 'VARCHAR',
  'TIME WITH TIME ZONE': 'VARCHAR',
};

const INEXACT_INSIDE = new RegExp(`\\b(${[...Object.keys(STORED_AS), 'UNION'].join('|')})\\b`);
const QUOTED = /"(?:[^"]|"")*"|'(?:[^']|'')*'/g;

/** Whether values of a type come back from Parquet as they were; not when one of the types above is inside of another. */
export function isStorable(type: string): boolean {
  const upper = type.toUpperCase();
  return upper in STORED_AS || !INEXACT_INSIDE.test(upper.replaceAll(QUOTED, ''));
}

/** SQL expression for writing a column (a quoted identifier) to Parquet. */
export function toParquet(identifier: string, type: string): string {
  const stored = STORED_AS[type.toUpperCase()];
  return stored === undefined ? identifier : `CAST(${identifier} AS ${stored}) AS ${identifier}`;
}

/** SQL expression for the column as it was, from what `toParquet` wrote. */
export function fromParquet(identifier: string, type: string): string {
  return `CAST(${identifier} AS ${type}) AS ${identifier}`;
}
