import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ColumnSpec, FetchedTable, TableOrigin } from '@millrace/shared/spec';

export const plain = (name: string, type: string): ColumnSpec => ({ name, type, encoding: 'plain' });

export const fetched = (
  origin: TableOrigin,
  columns: ColumnSpec[],
  more: Partial<FetchedTable> = {},
): FetchedTable => ({
  name: 'rates',
  columns,
  origin,
  refreshIntervalMs: 60_000,
  bytesMax: 1_000_000,
  ...more,
});

/** The rows of a version, in their order. */
export async function versionRows(bytes: Uint8Array): Promise<unknown[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const file = join(folder, 'version.parquet');
  await writeFile(file, bytes);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    await connection.run("SET TimeZone='UTC'");
    return (await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`)).getRowsJson();
  } finally {
    connection.closeSync();
    await rm(folder, { recursive: true });
  }
}
