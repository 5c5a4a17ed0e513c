import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type EmbeddedTablePlan, keysTwiceSql, loadTableSql } from '../plan/index.ts';
import type { TableFault } from './frontend.ts';

/** Enough for a table of the size that a spec may hold. */
const MEMORY_MAX = '256MB';

/** Loads a table as lanes do, into a DuckDB that is thrown away. */
export async function tryTable(table: EmbeddedTablePlan, key: readonly string[]): Promise<TableFault | null> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-table-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: MEMORY_MAX });
  try {
    const file = join(folder, 'rows');
    await writeFile(file, table.text);
    const connection = await instance.connect();
    await connection.run("SET TimeZone='UTC'");
    await connection.run(loadTableSql(table, file));
    if (key.length === 0) return null;
    const reader = await connection.runAndReadAll(keysTwiceSql(table.relation, key));
    const keysTwice = Number(reader.getRowsJson()[0]![0]);
    return keysTwice === 0 ? null : { keysTwice };
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown.message : String(thrown) };
  } finally {
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}
