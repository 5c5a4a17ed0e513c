import type { EncodedOutput } from '../lanes/messages.ts';
import type { TaskOutput } from './encode-output.ts';
import { visibleColumns } from './json-form.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName } from './sql-text.ts';

/** The first rows for people: every value as DuckDB prints it, and the number of all rows. */
export async function encodeRows(
  session: SqlSession,
  { relation, plan }: TaskOutput,
  rowsMax: number,
): Promise<EncodedOutput> {
  const columns = visibleColumns(plan.columns).map(({ name }) => name);
  const shown = await session.rows(
    `SELECT ${columns.map(quoteName).join(', ')} FROM ${quoteName(relation)} LIMIT ${rowsMax}`,
  );
  const [row] = await session.rows(`SELECT count(*) FROM ${quoteName(relation)}`);
  return { kind: 'rows', rows: Number(row?.[0] ?? 0), columns, rowsJson: JSON.stringify(shown) };
}
