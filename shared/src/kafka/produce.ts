import { byLeader, type LeaderLoop, type Step } from './by-leader.ts';
import { partitionIndex } from './partition-index.ts';
import { partitionStep } from './partition-step.ts';
import { produceRequest } from './produce-message.ts';

/** Complete record batches for one partition, written in order. */
export type PartitionBatches = { topic: string; partition: number; batches: readonly (ArrayBuffer | Uint8Array)[] };

/** `baseOffset`: of the first batch; the others follow, perhaps with other writers' between. */
export type WrittenPartition = { topic: string; partition: number; baseOffset: number };

/** −1: all in-sync replicas have it; 1: the leader has it. */
export type ProduceAcks = -1 | 1;

/** `transactionalId`: of the open transaction that the batches are stamped for. */
export type ProduceOptions = { acks: ProduceAcks; transactionalId?: string | undefined };

/** Bytes of batches in one request, far below the broker's socket.request.max.bytes of 100 MB. A batch alone may exceed it. */
const REQUEST_BYTES_MAX = 8 * 1024 * 1024;

/** How long a broker may wait for its replicas. */
const REPLICATION_TIMEOUT_MS = 30_000;

type Writing = { topic: string; partition: number; batches: Buffer[]; next: number; baseOffset: number };

/**
 * Writes all batches, the next of a partition when the one before is acknowledged, so retries keep their order. At least
 * once: a batch whose acknowledgement got lost is written again; within a transaction its sequence numbers tell, and it is
 * there once.
 */
export async function producePartitions(
  partitions: readonly PartitionBatches[],
  { acks, transactionalId }: ProduceOptions,
  loop: LeaderLoop,
): Promise<WrittenPartition[]> {
  const writings: Writing[] = partitions
    .filter(({ batches }) => batches.length > 0)
    .map(({ topic, partition, batches }) => ({
      topic,
      partition,
      batches: batches.map(asBuffer),
      next: 0,
      baseOffset: -1,
    }));
  return await byLeader(writings, loop, async (nodeId, group) => {
    const chosen = chooseForRequest(group);
    const items = [...chosen].map(({ topic, partition, batches, next }) => ({
      topic,
      partition,
      batch: batches[next]!,
    }));
    const request = produceRequest(items, {
      acks,
      timeoutMs: REPLICATION_TIMEOUT_MS,
      transactionalId: transactionalId ?? null,
    });
    const answers = partitionIndex(await loop.cluster.send(nodeId, request, loop.signal));
    return group.map((writing) => (chosen.has(writing) ? advance(writing, answers(writing)) : { kind: 'more' }));
  });
}

function chooseForRequest(group: readonly Writing[]): Set<Writing> {
  const chosen = new Set<Writing>();
  let bytes = 0;
  for (const writing of group) {
    bytes += writing.batches[writing.next]!.length;
    if (chosen.size > 0 && bytes > REQUEST_BYTES_MAX) break;
    chosen.add(writing);
  }
  return chosen;
}

function advance(
  writing: Writing,
  answer: { errorCode: number; baseOffset: number } | undefined,
): Step<WrittenPartition> {
  const trouble = partitionStep(writing, answer);
  if (trouble !== null) return trouble;
  if (writing.next === 0) writing.baseOffset = answer!.baseOffset;
  writing.next += 1;
  if (writing.next < writing.batches.length) return { kind: 'more' };
  const { topic, partition, baseOffset } = writing;
  return { kind: 'done', value: { topic, partition, baseOffset } };
}

function asBuffer(bytes: ArrayBuffer | Uint8Array): Buffer {
  return bytes instanceof ArrayBuffer
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
