import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { toMillraceError } from '@millrace/shared/errors';
import { csvHeader, keysTwiceSql, readTableSql, type SourceColumn, toParquet } from '@millrace/shared/plan';
import type { FetchedTable } from '@millrace/shared/spec';
import { KEY_HINT, keyFault, rowFault, sourceColumn } from '@millrace/shared/sql';
import { badTable } from './bad-table.ts';
import type { ReadRows } from './table-loader.ts';

/** Of the rows, beyond which DuckDB spills into the folder. */
const MEMORY_MAX = '1GB';
/** A header is one line of names. */
const HEADER_BYTES_MAX = 256 * 1024;

/**
 * Rows as the bytes of a version: Parquet, in an order that depends on nothing but them, so that equal rows give equal bytes.
 * Every value is of its column's type, and the table's key tells all rows apart: else BAD_TABLE.
 */
export async function makeVersion(
  table: Pick<FetchedTable, 'name' | 'columns' | 'key'>,
  rows: ReadRows,
  folder: string,
): Promise<{ bytes: Uint8Array; rows: number }> {
  const columns = table.columns.map(sourceColumn);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: MEMORY_MAX,
    temp_directory: join(folder, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone='UTC'");
    await connection.run(`SET allowed_directories=[${literal(`${folder}/`)}]; SET enable_external_access=false`);
    await loadRows(connection, table.name, columns, rows);
    await checkKey(connection, table);
    const path = join(folder, 'version.parquet');
    const stored = columns.map((column) => toParquet(identifier(column.name), column.type));
    const sql = `SELECT ${stored.join(', ')} FROM (SELECT * FROM rows ORDER BY ALL)`;
    await connection.run(`COPY (${sql}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
    const count = await one(connection, 'SELECT count(*) FROM rows');
    return { bytes: await readFile(path), rows: count };
  } finally {
    instance.closeSync();
  }
}

async function loadRows(
  connection: DuckDBConnection,
  name: string,
  columns: readonly SourceColumn[],
  { path, format, place }: ReadRows,
): Promise<void> {
  const header = format === 'csv' ? await headerOf(path) : [];
  const there = format === 'parquet' ? await parquetColumns(connection, name, path) : header;
  const missing = columns.find((column) => !there.includes(column.name));
  if (missing && (format === 'csv' || format === 'parquet'))
    throw badTable(name, `has no column "${missing.name}"`, `its file has ${there.join(', ')}`);
  try {
    await connection.run(`CREATE TABLE rows AS ${readTableSql({ columns, format }, path, header)}`);
  } catch (thrown) {
    const { message } = toMillraceError(thrown);
    const { line, what } = rowFault(columns, message);
    // Of a line that is no JSON DuckDB names the one behind it.
    const behind = /^Invalid Input Error: Malformed JSON/.test(message) && format !== 'json' ? 1 : 0;
    const where = line === null ? '' : ` (${place(line - behind)})`;
    // Not as the cause: it quotes the row.
    throw badTable(name, `has a row that ${what}${where}`, 'declare the column with another type, or mend the row');
  }
}

async function headerOf(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEADER_BYTES_MAX), position: 0 });
    return csvHeader(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function parquetColumns(connection: DuckDBConnection, name: string, path: string): Promise<string[]> {
  try {
    const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${literal(path)})`);
    return reader.getRowsJson().map(([column]) => String(column));
  } catch (thrown) {
    throw badTable(name, 'is no Parquet file', 'is its format another one?', thrown);
  }
}

async function checkKey(
  connection: DuckDBConnection,
  { name, key = [] }: Pick<FetchedTable, 'name' | 'key'>,
): Promise<void> {
  if (key.length === 0) return;
  const twice = await one(connection, keysTwiceSql('rows', key));
  if (twice === 0) return;
  throw badTable(name, keyFault(key, twice), KEY_HINT);
}

async function one(connection: DuckDBConnection, sql: string): Promise<number> {
  return Number((await connection.runAndReadAll(sql)).getRowsJson()[0]?.[0]);
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
