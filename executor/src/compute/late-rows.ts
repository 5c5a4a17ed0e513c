import type { LateRows, OutputPlan, Stage } from '@millrace/shared/plan';
import type { EncodedOutput, LaneTask } from '../lanes/messages.ts';
import { encodeOutput } from './encode-output.ts';
import { jsonObject } from './json-form.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteText, timestampOf } from './sql-text.ts';
import type { Survey } from './survey.ts';

/** How a late row is written where a job keeps them. */
const LATE_ROW: OutputPlan = {
  columns: [
    { name: 'operator', type: 'VARCHAR' },
    { name: 'watermark', type: 'TIMESTAMP' },
    { name: 'batch', type: 'BIGINT' },
    { name: 'row', type: 'JSON' },
  ],
  keyColumns: [],
  mode: 'append',
};

/** Asks whether there are late rows, where they are wanted; gives those operators' that have some. */
export function askLateRows(
  survey: Survey,
  stages: readonly Stage[],
  { lateEncoding }: Pick<LaneTask, 'lateEncoding'>,
): () => LateRows[] {
  if (lateEncoding === null) return () => [];
  const asked = stages.flatMap(({ operators }) => operators.flatMap(({ lateRows }) => lateRows ?? []));
  const answers = asked.map((late) => ({ late, count: survey.ask(late.countSql) }));
  return () => answers.flatMap(({ late, count }) => ((count()[0] ?? 0) > 0 ? [late] : []));
}

/** Late rows as their sink wants them; null where there are none. The input they are read from must still be in place. */
export async function encodeLateRows(
  session: SqlSession,
  late: readonly LateRows[],
  task: LaneTask,
  folder: string,
): Promise<EncodedOutput | null> {
  if (late.length === 0 || task.lateEncoding === null) return null;
  const watermark = task.watermarkMs === null ? 'NULL::TIMESTAMP' : timestampOf(task.watermarkMs);
  const sql = late.map(
    ({ operatorId, sql, columns }) =>
      `SELECT ${quoteText(operatorId)} AS "operator", ${watermark} AS "watermark", ${task.batchId}::BIGINT AS "batch", ` +
      `${jsonObject(columns)} AS "row", 1::TINYINT AS __weight FROM (${sql})`,
  );
  const output = { name: 'late', sql: sql.join('\nUNION ALL\n'), operator: late[0]!.operatorId };
  return await encodeOutput(session, { ...output, plan: LATE_ROW, task, folder }, task.lateEncoding);
}
