import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { Position, TopicPartition } from './batch-plan.ts';
import { jobWatermark } from './watermark.ts';

/**
 * The watermark that a batch planned at these positions has. By the plan's own clock it is the present. Sources of which the query reads no event time do not hold it back: no
 * position of theirs would ever have one.
 */
export function watermarkNow(
  { spec, plan }: { spec: Pick<JobSpec, 'sources'>; plan: Pick<JobPlan, 'sources' | 'clock'> },
  positions: readonly Position[],
  previousMs: number | null,
  nowMs: number,
  isIdle: (partition: TopicPartition, idleTimeoutMs: number) => boolean,
): number | null {
  if (plan.clock === 'batchTime') return Math.max(nowMs, previousMs ?? nowMs);
  const sources = spec.sources.flatMap(({ name, watermark }) => {
    const isRead = plan.sources.some((source) => source.name === name && source.eventTimeColumn !== null);
    if (watermark === null || !isRead) return [];
    const partitions = positions
      .filter((position) => position.source === name)
      .map((position) => ({
        maxEventTimeMs: position.maxEventTimeMs,
        idle: isIdle(position, watermark.idleTimeoutMs),
      }));
    return [{ watermark, partitions }];
  });
  return jobWatermark(sources, previousMs);
}
