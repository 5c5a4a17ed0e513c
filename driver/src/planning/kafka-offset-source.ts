import type { KafkaClient } from '@millrace/shared/kafka';
import type { KafkaSourceSpec } from '@millrace/shared/spec';
import type { LatestOffset, Position } from './batch-plan.ts';
import type { OffsetSource } from './offset-source.ts';

type OpenedSource = { spec: KafkaSourceSpec; kafka: KafkaClient };

/** Offsets of all Kafka sources of a job, each through a client of its own. */
export function createKafkaOffsetSource(sources: readonly OpenedSource[]): OffsetSource {
  return {
    async starting() {
      return (await Promise.all(sources.map(startingPositions))).flat();
    },
    async latest() {
      const each = await Promise.all(
        sources.map(async ({ spec, kafka }) => {
          const offsets = await kafka.listOffsets(spec.topics, 'latest');
          return offsets.map(
            ({ topic, partition, offset }): LatestOffset => ({ source: spec.name, topic, partition, latest: offset }),
          );
        }),
      );
      return each.flat();
    },
    async waitForRecords(positions, waitMaxMs, signal) {
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      const waits = sources.map(({ spec, kafka }) =>
        kafka.waitForRecords(
          positions.filter((position) => position.source === spec.name),
          { waitMaxMs, signal: either },
        ),
      );
      try {
        await Promise.race(waits);
      } finally {
        over.abort();
        await Promise.allSettled(waits);
      }
      signal.throwIfAborted();
    },
    async showPositions(group, positions, signal) {
      await Promise.all(
        sources.map(async ({ spec, kafka }) => {
          const own = positions.filter((position) => position.source === spec.name);
          if (own.length > 0) await kafka.commitOffsets(group, own, signal);
        }),
      );
    },
    async close() {
      for (const { kafka } of sources) kafka.close();
    },
  };
}

async function startingPositions({ spec, kafka }: OpenedSource): Promise<Position[]> {
  const { startingOffsets } = spec;
  const at =
    startingOffsets.kind === 'latest'
      ? 'latest'
      : startingOffsets.kind === 'timestamp'
        ? { timestampMs: startingOffsets.timestampMs }
        : 'earliest';
  const offsets = await kafka.listOffsets(spec.topics, at);
  const named = startingOffsets.kind === 'perPartition' ? startingOffsets.offsets : {};
  return offsets.map(({ topic, partition, offset }) => ({
    source: spec.name,
    topic,
    partition,
    offset: named[topic]?.[String(partition)] ?? offset,
    maxEventTimeMs: null,
  }));
}
