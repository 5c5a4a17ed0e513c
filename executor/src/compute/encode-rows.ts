import { WEIGHT_COLUMN } from '@millrace/shared/plan';
import type { EncodedOutput } from '../lanes/messages.ts';
import { visibleColumns } from './json-form.ts';
import { materialize, OUTPUT_TABLE } from './materialize-output.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName } from './sql-text.ts';
import type { TaskOutput } from './task-output.ts';

/** The first rows for people: every value as DuckDB prints it, and the number of all rows. */
export async function encodeRows(session: SqlSession, output: TaskOutput, rowsMax: number): Promise<EncodedOutput> {
  const columns = visibleColumns(output.plan.columns).map(({ name }) => name);
  const rows = await materialize(session, output);
  const names = [WEIGHT_COLUMN, ...columns].map(quoteName).join(', ');
  const shown = await session.rows(`SELECT ${names} FROM ${OUTPUT_TABLE} LIMIT ${rowsMax}`);
  const removed = shown.flatMap(([weight], index) => (Number(weight) < 0 ? [index] : []));
  const rowsJson = JSON.stringify(shown.map(([, ...values]) => values));
  return { kind: 'rows', rows, columns, rowsJson, removed };
}
