import { DuckDBInstance } from '@duckdb/node-api';
import { identifier, literal } from './quote.ts';

/** The JSON of a table that a spec may hold takes a few times as much. */
const MEMORY_MAX = '512MB';

/**
 * The rows of a Parquet file as JSON, one object a line: these columns, plain values as text, which reads back exactly where a
 * JSON number would not. The columns that the file lacks instead, if there are any. Rejects where it is no Parquet file.
 */
export async function parquetRows(
  path: string,
  columns: readonly string[],
): Promise<{ text: string } | { missing: string[] }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: MEMORY_MAX });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone='UTC'");
    const rows = async (sql: string) =>
      (await connection.runAndReadAll(sql)).getRowsJson().map((row) => row.map(String));
    const from = `read_parquet(${literal(path)})`;
    const types = new Map((await rows(`DESCRIBE SELECT * FROM ${from}`)).map(([name, type]) => [name!, type!]));
    const missing = columns.filter((name) => !types.has(name));
    if (missing.length > 0) return { missing };
    const items = columns.map((name) => {
      const plain = !/[\])]$/.test(types.get(name)!) || types.get(name)!.startsWith('DECIMAL');
      return `${plain ? `CAST(${identifier(name)} AS VARCHAR)` : identifier(name)} AS ${identifier(name)}`;
    });
    const lines = await rows(`SELECT to_json(row) FROM (SELECT ${items.join(', ')} FROM ${from}) AS row`);
    return { text: lines.map(([line]) => `${line}\n`).join('') };
  } finally {
    instance.closeSync();
  }
}
