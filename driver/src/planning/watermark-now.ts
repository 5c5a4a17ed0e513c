import type { JobSpec } from '@millrace/shared/spec';
import type { Position, TopicPartition } from './batch-plan.ts';
import { jobWatermark } from './watermark.ts';

/** The watermark that a batch planned at these positions has. */
export function watermarkNow(
  spec: JobSpec,
  positions: readonly Position[],
  previousMs: number | null,
  isIdle: (partition: TopicPartition, idleTimeoutMs: number) => boolean,
): number | null {
  const sources = spec.sources.flatMap(({ name, watermark }) => {
    if (watermark === null) return [];
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
