import type { TopicPartition } from '../by-topic.ts';
import type { Cluster } from '../cluster.ts';
import type { Coordinators } from '../coordinators.ts';
import type { ErrorAnswer } from '../error-answer.ts';
import type { Coordinated } from '../find-coordinator-message.ts';
import { addPartitionsRequest } from './add-partitions-message.ts';
import { endTxnRequest } from './end-txn-message.ts';
import { initProducerIdRequest } from './init-producer-id-message.ts';
import { listTransactionsRequest } from './list-transactions-message.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { isFenced, transactionFailure } from './transaction-failure.ts';

/**
 * Transactions step by step. One is open from its first `addPartitions` to `end`, which any process may call that knows
 * the identity. Errors of all: SINK_UNAVAILABLE when the transaction is over (expired, or its id was taken by `identify`),
 * KAFKA_UNAVAILABLE, KAFKA_REFUSED.
 */
export type KafkaTransactions = {
  /**
   * The next identity under a transactional id. What is open under it is aborted, and every earlier identity is shut out.
   * Waits until the transaction before is wholly ended. Every identity serves one transaction.
   */
  identify(transactionalId: string, timeoutMs: number, signal?: AbortSignal): Promise<ProducerIdentity>;
  /** Before anything is produced to them. */
  addPartitions(identity: ProducerIdentity, partitions: readonly TopicPartition[], signal?: AbortSignal): Promise<void>;
  /**
   * `fenced`: Kafka does not know an open transaction of this identity any more. It expired, or was ended, either way, and another identity
   * has taken its id since; the log tells which.
   */
  end(identity: ProducerIdentity, result: 'commit' | 'abort', signal?: AbortSignal): Promise<'ended' | 'fenced'>;
  /** Transactional ids with an open transaction, that start with `prefix`. KAFKA_REFUSED before Kafka 3.0. */
  open(prefix: string, signal?: AbortSignal): Promise<string[]>;
};

export function createKafkaTransactions(cluster: Cluster, { ask }: Coordinators): KafkaTransactions {
  return {
    async identify(transactionalId, timeoutMs, signal) {
      const request = initProducerIdRequest(transactionalId, timeoutMs);
      const { producerId, producerEpoch } = taken(
        await ask(ofTransaction(transactionalId), request, signal),
        transactionalId,
      );
      return { transactionalId, producerId, producerEpoch };
    },
    async addPartitions(identity, partitions, signal) {
      const { transactionalId } = identity;
      taken(
        await ask(ofTransaction(transactionalId), addPartitionsRequest(identity, partitions), signal),
        transactionalId,
      );
    },
    async end(identity, result, signal) {
      const { transactionalId } = identity;
      const answer = await ask(ofTransaction(transactionalId), endTxnRequest(identity, result), signal);
      if (isFenced(answer.errorCode)) return 'fenced';
      taken(answer, transactionalId);
      return 'ended';
    },
    async open(prefix, signal) {
      const { brokers } = await cluster.refresh([], signal);
      const answers = await Promise.all(
        brokers.map(({ nodeId }) => cluster.send(nodeId, listTransactionsRequest(), signal)),
      );
      const ids = answers.flatMap(({ transactionalIds }) => transactionalIds);
      return ids.filter((id) => id.startsWith(prefix));
    },
  };
}

const ofTransaction = (key: string): Coordinated => ({ kind: 'transaction', key });

/** The answer, unless it is a refusal. */
function taken<Answer extends ErrorAnswer>(answer: Answer, name: string): Answer {
  if (answer.errorCode !== 0) throw transactionFailure(answer.errorCode, name);
  return answer;
}
