import { committedBatches, type KafkaClient, type OffsetsAt } from '@millrace/shared/kafka';
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
    async recordBytes(positions) {
      const each = await Promise.all(
        sources.map(({ spec, kafka }) =>
          seenRecords(
            kafka,
            positions.filter(({ source }) => source === spec.name),
          ),
        ),
      );
      const records = each.reduce((sum, seen) => sum + seen.records, 0);
      return records === 0 ? null : each.reduce((sum, seen) => sum + seen.bytes, 0) / records;
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

/** Some batches of ordinary size; one at least, however large. */
const SEEN_BYTES_MAX = 256 * 1024;

/** Records at these positions, unpacked, and their bytes. */
async function seenRecords(
  kafka: KafkaClient,
  positions: readonly Position[],
): Promise<{ records: number; bytes: number }> {
  const seen = { records: 0, bytes: 0 };
  if (positions.length === 0) return seen;
  const wants = positions.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    offset,
    bytesMax: SEEN_BYTES_MAX,
  }));
  const limits = { waitMaxMs: 0, bytesMin: 1, bytesMax: SEEN_BYTES_MAX * positions.length };
  for (const { records: set, abortedTransactions } of await kafka.fetch(wants, limits)) {
    for (const batch of committedBatches(set, abortedTransactions)) {
      seen.records += batch.recordCount;
      seen.bytes += batch.records.length;
    }
  }
  return seen;
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
