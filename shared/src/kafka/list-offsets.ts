import { byLeader, type LeaderLoop, type Step } from './by-leader.ts';
import type { TopicPartition } from './by-topic.ts';
import { EARLIEST, LATEST, listOffsetsRequest } from './list-offsets-message.ts';
import { partitionIndex } from './partition-index.ts';
import { partitionStep } from './partition-step.ts';

/** `latest` is the last stable offset: what a read_committed reader may read up to. */
export type OffsetsAt = 'earliest' | 'latest' | { timestampMs: number };

export type PartitionOffset = { topic: string; partition: number; offset: number };

const NOT_FOUND = -1;

/** One request per leader; a second one for partitions without a record as late as the timestamp. */
export async function listOffsets(
  items: readonly TopicPartition[],
  at: OffsetsAt,
  loop: LeaderLoop,
): Promise<PartitionOffset[]> {
  const found = await ask(items, timestampOf(at), loop);
  const missing = found.filter((partition) => partition.offset === NOT_FOUND);
  if (missing.length === 0) return found;
  const latest = partitionIndex(await ask(missing, LATEST, loop));
  return found.map((partition) => latest(partition) ?? partition);
}

function ask(items: readonly TopicPartition[], timestamp: number, loop: LeaderLoop): Promise<PartitionOffset[]> {
  return byLeader(items, loop, async (nodeId, group): Promise<Step<PartitionOffset>[]> => {
    const answers = partitionIndex(await loop.cluster.send(nodeId, listOffsetsRequest(group, timestamp), loop.signal));
    return group.map((item) => {
      const answer = answers(item);
      const { topic, partition } = item;
      return partitionStep(item, answer) ?? { kind: 'done', value: { topic, partition, offset: answer!.offset } };
    });
  });
}

function timestampOf(at: OffsetsAt): number {
  if (at === 'earliest') return EARLIEST;
  return at === 'latest' ? LATEST : at.timestampMs;
}
