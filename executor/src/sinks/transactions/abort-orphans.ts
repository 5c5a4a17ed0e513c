import type { KafkaTransactions } from '@millrace/shared/kafka';
import type { ExecutorsSeen } from '../sink.ts';
import type { TransactionalIds } from './transactional-ids.ts';

/** Only aborts what is open; nothing is going to be written under the identity it gets. */
const UNUSED_TIMEOUT_MS = 1_000;

/**
 * Ends the transactions of executors that are gone: until then read_committed readers wait behind them. After a publish only:
 * what the commit entry names is committed by then, whoever prepared it.
 */
export function abortOrphans(ids: TransactionalIds) {
  /** Losses the driver had seen at the last sweep; null: never swept. */
  let swept: number | null = null;
  return {
    /** Looks when another executor was lost, and the first time. Best effort: what is missed expires. */
    async sweep(
      { present, losses }: ExecutorsSeen,
      transactions: Pick<KafkaTransactions, 'open' | 'identify'>,
    ): Promise<void> {
      if (swept === losses) return;
      try {
        for (const id of await transactions.open(ids.prefix)) {
          const incarnation = ids.incarnationOf(id);
          if (incarnation !== null && !present.includes(incarnation))
            await transactions.identify(id, UNUSED_TIMEOUT_MS);
        }
        swept = losses;
      } catch {
        // Brokers before 3.0 do not list transactions, and a coordinator may be moving: both leave it to the timeout.
      }
    },
  };
}
