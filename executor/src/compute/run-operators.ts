import type { Operator, Stage } from '@millrace/shared/plan';
import type { RecordCounts } from '@millrace/shared/store';
import type { LaneTask } from '../lanes/messages.ts';
import type { SqlSession } from './sql-session.ts';
import { timestampOf } from './sql-text.ts';
import type { Survey } from './survey.ts';

/**
 * Sets what the statements of these stages read with getvariable(), and nothing else. `evict` is looked after where it runs;
 * late rows cost nothing where nobody wants them.
 */
export async function setBatchVariables(
  session: SqlSession,
  stages: readonly Stage[],
  batch: Pick<LaneTask, 'timestampMs' | 'watermarkMs' | 'previousWatermarkMs' | 'ttl' | 'lateEncoding'>,
): Promise<void> {
  const unread = new Set(batch.lateEncoding ? ['evict', 'evictSql'] : ['evict', 'evictSql', 'lateRows']);
  const statements = JSON.stringify(stages, (key, value) => (unread.has(key) ? undefined : value));
  const variables = {
    batch_time: batch.timestampMs,
    watermark: batch.watermarkMs,
    previous_watermark: batch.previousWatermarkMs,
    ttl_cutoff: batch.ttl?.cutoffMs ?? null,
    previous_ttl_cutoff: batch.ttl?.previousCutoffMs ?? null,
  };
  const read = Object.entries(variables).filter(([name]) => statements.includes(`'${name}'`));
  await session.set(Object.fromEntries(read.map(([name, ms]) => [name, timestampOf(ms)])));
}

/** Runs the statements of a stage. Errors: QUERY_FAILED naming the operator. */
export async function runOperators(session: SqlSession, operators: readonly Operator[]): Promise<void> {
  for (const { id, statements } of operators) {
    if (statements.length > 0) await session.later(statements.join(';\n'), { operator: id });
  }
}

export type OperatorCounts = Pick<RecordCounts, 'lateRows' | 'lateByOperator'>;

/** Asks for the counters of operators that have run; gives what sums them up. */
export function askCounters(survey: Survey, operators: readonly Operator[]): () => OperatorCounts {
  const answers = operators.flatMap(({ id, counters }) => counters.map(({ sql }) => ({ id, value: survey.ask(sql) })));
  return () => {
    const counts: OperatorCounts = { lateRows: 0, lateByOperator: {} };
    for (const { id, value } of answers) {
      const late = value()[0] ?? 0;
      if (late === 0) continue;
      counts.lateRows += late;
      counts.lateByOperator[id] = (counts.lateByOperator[id] ?? 0) + late;
    }
    return counts;
  };
}
