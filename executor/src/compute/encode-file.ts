import { statSync } from 'node:fs';
import { join } from 'node:path';
import { toParquet } from '@millrace/shared/plan';
import type { EncodedOutput } from '../lanes/messages.ts';
import { jsonValue, visibleColumns } from './json-form.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText } from './sql-text.ts';
import type { TaskOutput } from './task-output.ts';

/** The output as one file in the scratch folder, for the sink to move to its place. */
export async function encodeFile(
  session: SqlSession,
  { name, sql, operator, plan, task, folder }: TaskOutput,
  format: 'ndjson' | 'parquet',
): Promise<EncodedOutput> {
  const path = join(folder, `${task.stage}-${task.attemptId}-${name}.${format}`);
  const columns = visibleColumns(plan.columns).map((column) =>
    format === 'ndjson'
      ? `${jsonValue(column)} AS ${quoteName(column.name)}`
      : toParquet(quoteName(column.name), column.type),
  );
  const options = format === 'ndjson' ? 'FORMAT json' : 'FORMAT parquet, COMPRESSION zstd';
  const rows = await session.run(
    `COPY (SELECT ${columns.join(', ')} FROM (${sql})) TO ${quoteText(path)} (${options})`,
    { operator },
  );
  return { kind: 'file', rows, path, bytes: statSync(path).size };
}
