import type { TableFormat } from './job-spec.ts';

/** Often enough for names and rates, seldom enough for whoever is asked. */
export const REFRESH_INTERVAL_DEFAULT_MS = 5 * 60_000;
/** A table read more often than this is a stream. */
export const REFRESH_INTERVAL_MIN_MS = 1_000;

/** Of a table's rows as they are read, unless the spec says otherwise: each lane holds them in memory, beside its other work. */
export const TABLE_BYTES_DEFAULT_MAX = 256 * 2 ** 20;
/** A version is written and read in one piece. */
export const TABLE_BYTES_MAX = 2 ** 30;

const FORMATS: Readonly<Record<string, TableFormat | 'parquet'>> = {
  csv: 'csv',
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
  parquet: 'parquet',
};

/** What the extension of a table's file tells. */
export function formatOfFile(file: string): TableFormat | 'parquet' | undefined {
  const extension = /\.([^./\\]*)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  return FORMATS[extension];
}
