import { byLeader, type LeaderLoop, type Step } from './by-leader.ts';
import type { TopicPartition } from './by-topic.ts';
import { EARLIEST, LATEST, listOffsetsRequest } from './list-offsets-message.ts';
import { partitionIndex } from './partition-index.ts';
import { partitionStep } from './partition-step.ts';

/**
 * `latest` is the last stable offset: what a read_committed reader may read up to. `end` is the high watermark: what lies between
 * them belongs to transactions that are open, or waits behind such a one.
 */
export type OffsetsAt = 'earliest' | 'latest' | 'end' | { timestampMs: number };

export type PartitionOffset = { topic: string; partition: number; offset: number };

const NOT_FOUND = -1;

/** One request per leader; a second one for partitions without a record as late as the timestamp. */
export async function listOffsets(
  items: readonly TopicPartition[],
  at: OffsetsAt,
  loop: LeaderLoop,
): Promise<PartitionOffset[]> {
  const found = await ask(items, timestampOf(at), loop, at === 'end');
  const missing = found.filter((partition) => partition.offset === NOT_FOUND);
  if (missing.length === 0) return found;
  const latest = partitionIndex(await ask(missing, LATEST, loop));
  return found.map((partition) => latest(partition) ?? partition);
}

function ask(
  items: readonly TopicPartition[],
  timestamp: number,
  loop: LeaderLoop,
  uncommitted = false,
): Promise<PartitionOffset[]> {
  return byLeader(items, loop, async (nodeId, group): Promise<Step<PartitionOffset>[]> => {
    const request = listOffsetsRequest(group, timestamp, uncommitted);
    const answers = partitionIndex(await loop.cluster.send(nodeId, request, loop.signal));
    return group.map((item) => {
      const answer = answers(item);
      const { topic, partition } = item;
      return partitionStep(item, answer) ?? { kind: 'done', value: { topic, partition, offset: answer!.offset } };
    });
  });
}

function timestampOf(at: OffsetsAt): number {
  if (at === 'earliest') return EARLIEST;
  return at === 'latest' || at === 'end' ? LATEST : at.timestampMs;
}
