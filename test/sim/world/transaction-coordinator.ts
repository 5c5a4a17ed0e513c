import type { KafkaTransactions, ProducerIdentity } from '@millrace/shared/kafka';
import { transactionFailure } from '../../../shared/src/kafka/transactions/transaction-failure.ts';
import type { Dice } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { ServerLink } from './server-link.ts';

export type Transaction = {
  producerId: bigint;
  /** `ending`: decided, and its marker is not written yet. */
  state: 'open' | 'ending' | 'committed' | 'aborted';
  verdict: 'committed' | 'aborted' | null;
  /** Resolves with its marker. */
  ended: PromiseWithResolvers<void>;
  /** Of its first record; null: it has none. */
  firstOffset: number | null;
};

/** The broker that looks after transactions, as Kafka's does: identities, epochs, timeouts, markers that take a while. */
export type TransactionCoordinator = {
  /** The open transaction of exactly this identity. */
  openOf(identity: ProducerIdentity): Transaction | null;
  onMarker(write: (transaction: Transaction) => void): void;
  /** Every open transaction has been open for too long. */
  expireAll(): void;
  clientOf(link: ServerLink): KafkaTransactions;
};

type Id = { producerId: bigint; producerEpoch: number; timeoutMs: number; current: Transaction | null };

const MARKER_MAX_MS = 40;
const INVALID_PRODUCER_EPOCH = 47;

export function createTransactionCoordinator(scheduler: Scheduler, dice: Dice): TransactionCoordinator {
  const ids = new Map<string, Id>();
  let writeMarker: (transaction: Transaction) => void = () => {};

  function currentOf({ transactionalId, producerId, producerEpoch }: ProducerIdentity): Id | null {
    const id = ids.get(transactionalId);
    return id?.producerId === producerId && id.producerEpoch === producerEpoch ? id : null;
  }

  function requireCurrent(identity: ProducerIdentity): Id {
    const id = currentOf(identity);
    if (id) return id;
    throw transactionFailure(INVALID_PRODUCER_EPOCH, identity.transactionalId);
  }

  function finish(transaction: Transaction, verdict: 'committed' | 'aborted'): void {
    transaction.state = 'ending';
    transaction.verdict = verdict;
    scheduler.after(dice.random() * MARKER_MAX_MS, null, 'transaction marker', () => {
      transaction.state = verdict;
      writeMarker(transaction);
      transaction.ended.resolve();
    });
  }

  async function identify(transactionalId: string, timeoutMs: number): Promise<ProducerIdentity> {
    const fresh = { producerId: BigInt(ids.size), producerEpoch: -1, timeoutMs, current: null };
    const id = ids.get(transactionalId) ?? fresh;
    ids.set(transactionalId, id);
    expire(id, id.current);
    await id.current?.ended.promise;
    id.producerEpoch += 1;
    id.timeoutMs = timeoutMs;
    id.current = null;
    return { transactionalId, producerId: id.producerId, producerEpoch: id.producerEpoch };
  }

  function open(id: Id): Transaction {
    if (id.current) return id.current;
    const { producerId } = id;
    const transaction: Transaction = {
      ...{ producerId, state: 'open', verdict: null, firstOffset: null },
      ended: Promise.withResolvers(),
    };
    id.current = transaction;
    scheduler.after(id.timeoutMs, null, 'transaction expires', () => expire(id, transaction));
    return transaction;
  }

  function expire(id: Id, transaction: Transaction | null): void {
    if (transaction?.state !== 'open') return;
    id.producerEpoch += 1;
    finish(transaction, 'aborted');
  }

  function end(identity: ProducerIdentity, result: 'commit' | 'abort'): 'ended' | 'fenced' {
    const transaction = currentOf(identity)?.current;
    if (!transaction) return 'fenced';
    const verdict = result === 'commit' ? 'committed' : 'aborted';
    if (transaction.state === 'open') finish(transaction, verdict);
    return transaction.verdict === verdict ? 'ended' : 'fenced';
  }

  function requireOpen(identity: ProducerIdentity): Transaction {
    const transaction = open(requireCurrent(identity));
    if (transaction.state === 'open') return transaction;
    throw transactionFailure(INVALID_PRODUCER_EPOCH, identity.transactionalId);
  }

  return {
    openOf: (identity) => {
      const transaction = currentOf(identity)?.current;
      return transaction?.state === 'open' ? transaction : null;
    },
    onMarker(write) {
      writeMarker = write;
    },
    expireAll() {
      for (const id of ids.values()) expire(id, id.current);
    },
    clientOf: (link) => ({
      identify: (id, timeoutMs) => link.ask('InitProducerId', () => identify(id, timeoutMs)),
      addPartitions: (identity) => link.ask('AddPartitionsToTxn', async () => void requireOpen(identity)),
      end: (identity, result) => link.ask('EndTxn', async () => end(identity, result)),
      open: (prefix) =>
        link.ask('ListTransactions', async () =>
          [...ids].flatMap(([id, { current }]) => (current?.state === 'open' && id.startsWith(prefix) ? id : [])),
        ),
    }),
  };
}
