import { byLeader, type LeaderLoop, type Step } from './by-leader.ts';
import { type FetchedPartition, type FetchLimits, type FetchWant, fetchRequest } from './fetch-message.ts';
import { OFFSET_OUT_OF_RANGE } from './kafka-failure.ts';
import { offsetsGone } from './offsets-gone.ts';
import { partitionIndex } from './partition-index.ts';
import { partitionStep } from './partition-step.ts';

/** Asks every leader once; partitions whose leader moved are asked for again. In the order of `wants`. */
export function fetchPartitions(
  wants: readonly FetchWant[],
  limits: FetchLimits,
  loop: LeaderLoop,
): Promise<FetchedPartition[]> {
  return byLeader(wants, loop, async (nodeId, group) => {
    const answers = partitionIndex(await loop.cluster.send(nodeId, fetchRequest(group, limits), loop.signal));
    return await Promise.all(group.map((want) => fetchStep(want, answers(want), loop)));
  });
}

async function fetchStep(
  want: FetchWant,
  answer: FetchedPartition | undefined,
  loop: LeaderLoop,
): Promise<Step<FetchedPartition>> {
  if (answer?.errorCode === OFFSET_OUT_OF_RANGE) {
    const { error } = await offsetsGone(want, loop);
    return { kind: 'failed', error };
  }
  return partitionStep(want, answer) ?? { kind: 'done', value: answer! };
}
