import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { type KafkaClient, type ProducerIdentity, stampBatches } from '@millrace/shared/kafka';
import type { OutputMark, OutputMarker } from './output-marker.ts';
import type { PreparedTransaction } from './prepared-transaction.ts';
import { readTransaction } from './read-transaction.ts';
import { transactionOutcome } from './transaction-outcome.ts';

export type PublishDeps = {
  topic: string;
  kafka: Pick<KafkaClient, 'fetch' | 'produce' | 'transactions'>;
  marker: OutputMarker;
  /** The identity under which expired output is written again. Whoever asks last is the only one that can. */
  identifyAgain(): Promise<ProducerIdentity>;
  /** Ends what executors that are gone have left open. */
  endOrphans(): Promise<void>;
  clock: Clock;
};

/**
 * Order: the transactions that the commit entry names are committed; then orphans, behind which nobody could see what became
 * of the others, are ended; then those others are judged. One that expired, or was aborted, after it was prepared is written again
 * from the records it left in the topic. Idempotent, and safe when several do it at once.
 */
export async function publishTransactions(
  batchId: number,
  prepared: readonly PreparedTransaction[],
  deps: PublishDeps,
): Promise<void> {
  const { transactions } = deps.kafka;
  const ends = await Promise.all(prepared.map(({ identity }) => transactions.end(identity, 'commit')));
  await deps.endOrphans();
  const outcomes = await Promise.all(
    prepared.map((transaction, index) =>
      ends[index] === 'ended' ? 'committed' : transactionOutcome(deps.topic, transaction, deps),
    ),
  );
  const aborted = prepared.filter((_, index) => outcomes[index] === 'aborted');
  if (aborted.length > 0) await writeAgain(batchId, aborted, deps);
}

/** A batch behind it can only have been prepared after this one was known to be visible. */
function isWrittenAgain(newest: OutputMark | null, batchId: number): boolean {
  if (newest === null) return false;
  return newest.batchId > batchId || (newest.batchId === batchId && newest.kind === 'again');
}

/**
 * Order: the identity first, which aborts what a rival has begun and shuts it out; then the marker, which tells whether a rival was done
 * before; then all in one transaction with the marker.
 */
async function writeAgain(
  batchId: number,
  aborted: readonly PreparedTransaction[],
  { topic, kafka, marker, identifyAgain }: PublishDeps,
): Promise<void> {
  const identity = await identifyAgain();
  const { transactionalId } = identity;
  if (isWrittenAgain(await marker.read(), batchId)) return;
  const read = (await Promise.all(aborted.map((one) => readTransaction(topic, one, kafka)))).flat();
  const partitions = [...Map.groupBy(read, ({ partition }) => partition)].map(([partition, parts]) => {
    const batches = parts.flatMap((part) => part.batches);
    stampBatches(batches, identity);
    return { topic, partition, batches };
  });
  await kafka.transactions.addPartitions(identity, partitions);
  await kafka.produce(partitions, { acks: -1, transactionalId });
  await marker.write(identity, batchId, 'again');
  if ((await kafka.transactions.end(identity, 'commit')) === 'ended') return;
  const message = `batch ${batchId} was being written again into topic ${topic} by another executor too`;
  throw new MillraceError('SINK_UNAVAILABLE', message, { details: { topic, batchId } });
}
