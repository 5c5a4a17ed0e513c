import type { KafkaClient, OffsetsAt } from '@millrace/shared/kafka';
import type { KafkaSourceSpec } from '@millrace/shared/spec';
import { keyOf, type LatestOffset, type Position } from './batch-plan.ts';
import type { OffsetSource } from './offset-source.ts';

type OpenedSource = { spec: KafkaSourceSpec; kafka: KafkaClient };

/** Offsets of all Kafka sources of a job, each through a client of its own. */
export function createKafkaOffsetSource(sources: readonly OpenedSource[]): OffsetSource {
  return {
    async starting() {
      return (await Promise.all(sources.map(startingPositions))).flat();
    },
    async beginning(partitions) {
      const wanted = new Set(partitions.map(keyOf));
      const each = await Promise.all(sources.map((source) => positionsAt(source, 'earliest')));
      return each.flat().filter((position) => wanted.has(keyOf(position)));
    },
    latest: () => latestAt(sources, 'latest'),
    ends: () => latestAt(sources, 'end'),
    async topics() {
      const each = await Promise.all(
        sources.map(async ({ spec, kafka }) => {
          const ids = await kafka.topicIds(spec.topics);
          return [...ids].flatMap(([topic, id]) => (id === null ? [] : [{ source: spec.name, topic, id }]));
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

async function latestAt(sources: readonly OpenedSource[], at: OffsetsAt): Promise<LatestOffset[]> {
  const each = await Promise.all(
    sources.map(async ({ spec, kafka }) => {
      const offsets = await kafka.listOffsets(spec.topics, at);
      return offsets.map(({ topic, partition, offset }) => ({ source: spec.name, topic, partition, latest: offset }));
    }),
  );
  return each.flat();
}

async function positionsAt({ spec, kafka }: OpenedSource, at: OffsetsAt): Promise<Position[]> {
  const offsets = await kafka.listOffsets(spec.topics, at);
  return offsets.map((found) => ({ source: spec.name, ...found, maxEventTimeMs: null }));
}

async function startingPositions(opened: OpenedSource): Promise<Position[]> {
  const { startingOffsets } = opened.spec;
  const at =
    startingOffsets.kind === 'latest'
      ? 'latest'
      : startingOffsets.kind === 'timestamp'
        ? { timestampMs: startingOffsets.timestampMs }
        : 'earliest';
  const named = startingOffsets.kind === 'perPartition' ? startingOffsets.offsets : {};
  const positions = await positionsAt(opened, at);
  return positions.map((position) => {
    return { ...position, offset: named[position.topic]?.[String(position.partition)] ?? position.offset };
  });
}
