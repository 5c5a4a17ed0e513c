import type { PreparedOutput } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { TransactionalOutput } from './prepared-transaction.ts';
import { readTransaction, type TransactionBatches } from './read-transaction.ts';
import { transactionOutcome } from './transaction-outcome.ts';

export type PublishDeps = {
  topic: string;
  kafka: Pick<KafkaClient, 'fetch' | 'transactions'>;
  /** Writes the same records in another transaction, which stays open. */
  prepareAgain(output: PreparedOutput, records: TransactionBatches): Promise<PreparedOutput>;
  /** Ends what executors that are gone have left open. */
  endOrphans(): Promise<void>;
  clock: Clock;
};

/**
 * Order: the transactions that the commit entry names are committed; then orphans, behind which nobody could see what became
 * of the others, are ended; then those others are judged. One that expired, or was aborted, after it was prepared is prepared again
 * from the records it left in the topic; it is visible once the commit entry names it and it is published. Idempotent, and safe
 * when several do it at once: whose output the entry names is the driver's to decide.
 */
export async function publishTransactions(
  named: readonly TransactionalOutput[],
  { topic, kafka, prepareAgain, endOrphans, clock }: PublishDeps,
): Promise<PreparedOutput[]> {
  const ends = await Promise.all(
    named.map(({ transaction }) => kafka.transactions.end(transaction.identity, 'commit')),
  );
  await endOrphans();
  const fates = await Promise.all(
    named.map(async ({ transaction }, index) =>
      ends[index] === 'ended' ? 'committed' : await transactionOutcome(topic, transaction, { kafka, clock }),
    ),
  );
  const lost = named.filter((_, index) => fates[index] === 'aborted');
  return await Promise.all(
    lost.map(async ({ output, transaction }) => prepareAgain(output, await readTransaction(topic, transaction, kafka))),
  );
}
