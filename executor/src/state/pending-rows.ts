import type { SqlSession } from '../compute/sql-session.ts';
import { quoteName, quoteText } from '../compute/sql-text.ts';

/** Where the pending rows of an attempt are while another one uses the relation that its statements made. */
export type AsideRows = { table: string; relationIs: 'table' | 'view' };

/** Moves the rows of `relation` to `table`: a table by renaming it, a view by copying what it shows. */
export async function moveAside(session: SqlSession, relation: string, table: string): Promise<AsideRows> {
  const [row] = await session.rows(
    `SELECT count(*) FROM duckdb_views() WHERE temporary AND view_name = ${quoteText(relation)}`,
  );
  const relationIs = Number(row?.[0]) > 0 ? 'view' : 'table';
  const from = quoteName(relation);
  await session.run(
    relationIs === 'view' ? `CREATE TEMP TABLE ${table} AS FROM ${from}` : `ALTER TABLE ${from} RENAME TO ${table}`,
  );
  return { table, relationIs };
}

/** Statements that let `relation` show those rows again; the plan's statements can replace it as before. */
export function bringBack(relation: string, { table, relationIs }: AsideRows): string[] {
  const name = quoteName(relation);
  return relationIs === 'view'
    ? [`CREATE OR REPLACE TEMP VIEW ${name} AS FROM ${table}`]
    : [`DROP TABLE IF EXISTS ${name}`, `ALTER TABLE ${table} RENAME TO ${name}`];
}
