import type { Operator } from '@millrace/shared/plan';
import type { LaneTask } from '../lanes/messages.ts';
import type { SqlSession } from './sql-session.ts';
import { timestampOf } from './sql-text.ts';

/** Sets what statements read with getvariable(). */
export async function setBatchVariables(
  session: SqlSession,
  batch: Pick<LaneTask, 'timestampMs' | 'watermarkMs' | 'previousWatermarkMs'>,
): Promise<void> {
  await session.set({
    batch_time: timestampOf(batch.timestampMs),
    watermark: timestampOf(batch.watermarkMs),
    previous_watermark: timestampOf(batch.previousWatermarkMs),
  });
}

/** Runs the stage's statements; gives the sum of its counters. Errors: QUERY_FAILED naming the operator. */
export async function runOperators(session: SqlSession, operators: readonly Operator[]): Promise<{ lateRows: number }> {
  const counts = { lateRows: 0 };
  for (const { id, statements, counters } of operators) {
    const where = { operator: id };
    if (statements.length > 0) await session.run(statements.join(';\n'), where);
    for (const { name, sql } of counters) {
      const [row] = await session.rows(sql, where);
      counts[name] += Number(row?.[0] ?? 0);
    }
  }
  return counts;
}
