import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { type KafkaClient, type ProducerIdentity, stampBatches } from '@millrace/shared/kafka';
import { recordBatchesOf } from '../../e2e/support/topics.ts';
import type { Ending, TransferBatch } from './transfers.ts';

/** `undecided`: Kafka answered neither way; all of the transaction is there or nothing. */
export type Outcome = 'committed' | 'aborted' | 'undecided';

export type LedgerWriter = {
  /** Writes one transaction and resolves when its outcome is known, however long Kafka is away. */
  write(batch: TransferBatch, signal: AbortSignal): Promise<Outcome>;
};

/** Longer than Kafka is ever away. */
const TRANSACTION_TIMEOUT_MS = 120_000;
const ASK_AGAIN_MS = 200;

/** Writes under one transactional id. Every transaction has an identity of its own; taking it ends what the one before left open. */
export function createLedgerWriter(
  kafka: KafkaClient,
  clock: Clock,
  topic: string,
  transactionalId: string,
): LedgerWriter {
  const { transactions } = kafka;

  /** Of steps that may be repeated, however long Kafka is away. */
  async function untilAnswered<Answer>(step: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!isAway(error)) throw error;
        await clock.delay(ASK_AGAIN_MS, signal);
      }
    }
  }
  async function fill(identity: ProducerIdentity, values: TransferBatch['values'], signal: AbortSignal) {
    const partitions = values.flatMap((values, partition) => (values.length > 0 ? { topic, partition, values } : []));
    await transactions.addPartitions(identity, partitions, signal);
    const batches = partitions.map(({ topic, partition, values }) => {
      const batches = recordBatchesOf(values).map((batch) => Buffer.from(batch));
      stampBatches(batches, identity);
      return { topic, partition, batches };
    });
    await kafka.produce(batches, { acks: -1, transactionalId, signal });
  }
  async function end(identity: ProducerIdentity, ending: Ending, signal: AbortSignal): Promise<Outcome> {
    if (ending === 'abandon') return 'aborted';
    const ended = await untilAnswered(() => transactions.end(identity, ending, signal), signal);
    if (ending === 'abort') return 'aborted';
    return ended === 'ended' ? 'committed' : 'undecided';
  }

  return {
    async write({ values, ending, openForMs }, signal) {
      const identify = () => transactions.identify(transactionalId, TRANSACTION_TIMEOUT_MS, signal);
      const identity = await untilAnswered(identify, signal);
      try {
        await fill(identity, values, signal);
        await clock.delay(openForMs, signal);
        return await end(identity, ending, signal);
      } catch (error) {
        // Whatever was written is not committed, and the next identity aborts it.
        if (isAway(error)) return 'aborted';
        throw error;
      }
    },
  };
}

const isAway = (error: unknown): boolean =>
  error instanceof MillraceError && (error.code === 'KAFKA_UNAVAILABLE' || error.code === 'SINK_UNAVAILABLE');
