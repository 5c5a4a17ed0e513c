import type { EncodedOutput } from '../lanes/messages.ts';
import type { TaskOutput } from './encode-output.ts';
import { visibleColumns } from './json-form.ts';
import { materialize, OUTPUT_TABLE } from './materialize-output.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName } from './sql-text.ts';

/** The first rows for people: every value as DuckDB prints it, and the number of all rows. */
export async function encodeRows(session: SqlSession, output: TaskOutput, rowsMax: number): Promise<EncodedOutput> {
  const columns = visibleColumns(output.plan.columns).map(({ name }) => name);
  const rows = await materialize(session, output);
  const shown = await session.rows(`SELECT ${columns.map(quoteName).join(', ')} FROM ${OUTPUT_TABLE} LIMIT ${rowsMax}`);
  return { kind: 'rows', rows, columns, rowsJson: JSON.stringify(shown) };
}
