import type { KafkaTransactions } from '@millrace/shared/kafka';
import type { ExecutorsSeen } from '../sink.ts';
import type { TransactionalIds } from './transactional-ids.ts';

/** Only aborts what is open; nothing is going to be written under the identity it gets. */
const UNUSED_TIMEOUT_MS = 1_000;

/**
 * Ends the transactions of executors that are gone: until then read_committed readers wait behind them. Only when what the commit entry
 * names is committed, whoever prepared it.
 */
export function abortOrphans(ids: TransactionalIds) {
  /** What the driver had seen at the last sweep. */
  let swept: Pick<ExecutorsSeen, 'driverEpoch' | 'losses'> | null = null;
  return {
    /**
     * Looks when another executor was lost, and the first time for a driver: executors that worked for the one before may not have
     * found the new one yet, or never will. Best effort: what is missed expires.
     */
    async sweep(
      { driverEpoch, present, losses }: ExecutorsSeen,
      transactions: Pick<KafkaTransactions, 'open' | 'identify'>,
    ): Promise<void> {
      if (swept?.driverEpoch === driverEpoch && swept.losses === losses) return;
      try {
        for (const id of await transactions.open(ids.prefix)) {
          const incarnation = ids.incarnationOf(id);
          if (incarnation !== null && !present.includes(incarnation))
            await transactions.identify(id, UNUSED_TIMEOUT_MS);
        }
        swept = { driverEpoch, losses };
      } catch {
        // Brokers before 3.0 do not list transactions, and a coordinator may be moving: both leave it to the timeout.
      }
    },
  };
}
