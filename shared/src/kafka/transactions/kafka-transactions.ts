import type { TopicPartition } from '../by-topic.ts';
import type { Cluster } from '../cluster.ts';
import type { Coordinators } from '../coordinators.ts';
import type { Coordinated } from '../find-coordinator-message.ts';
import type { KafkaRequest } from '../kafka-request.ts';
import { addOffsetsRequest } from './add-offsets-message.ts';
import { addPartitionsRequest } from './add-partitions-message.ts';
import { endTxnRequest } from './end-txn-message.ts';
import { initProducerIdRequest } from './init-producer-id-message.ts';
import { listTransactionsRequest } from './list-transactions-message.ts';
import { offsetFetchRequest } from './offset-fetch-message.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { isFenced, transactionFailure } from './transaction-failure.ts';
import { type MarkedOffset, txnOffsetCommitRequest } from './txn-offset-commit-message.ts';

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
  /** Writes an offset of a group that counts once the transaction is committed. The topic has to exist. */
  mark(identity: ProducerIdentity, group: string, at: MarkedOffset, signal?: AbortSignal): Promise<void>;
  /** Null: the group has no offset there, or had one that Kafka has let expire. */
  marked(group: string, at: TopicPartition, signal?: AbortSignal): Promise<{ offset: number; metadata: string } | null>;
  /**
   * `fenced`: Kafka does not know an open transaction of this identity any more. It expired, or was ended, either way, and another identity
   * has taken its id since; the log tells which.
   */
  end(identity: ProducerIdentity, result: 'commit' | 'abort', signal?: AbortSignal): Promise<'ended' | 'fenced'>;
  /** Transactional ids with an open transaction, that start with `prefix`. KAFKA_REFUSED before Kafka 3.0. */
  open(prefix: string, signal?: AbortSignal): Promise<string[]>;
};

export function createKafkaTransactions(cluster: Cluster, coordinators: Coordinators): KafkaTransactions {
  async function step<Answer extends { errorCode: number }>(
    of: Coordinated,
    transactionalId: string,
    request: KafkaRequest<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const answer = await coordinators.ask(of, request, signal);
    if (answer.errorCode !== 0) throw transactionFailure(answer.errorCode, transactionalId);
    return answer;
  }
  const coordinatorOf = (transactionalId: string): Coordinated => ({ kind: 'transaction', key: transactionalId });

  return {
    async identify(transactionalId, timeoutMs, signal) {
      const request = initProducerIdRequest(transactionalId, timeoutMs);
      const answer = await step(coordinatorOf(transactionalId), transactionalId, request, signal);
      return { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
    },
    async addPartitions(identity, partitions, signal) {
      const { transactionalId } = identity;
      const request = addPartitionsRequest(identity, partitions);
      await step(coordinatorOf(transactionalId), transactionalId, request, signal);
    },
    async mark(identity, group, at, signal) {
      const { transactionalId } = identity;
      await step(coordinatorOf(transactionalId), transactionalId, addOffsetsRequest(identity, group), signal);
      const request = txnOffsetCommitRequest(identity, group, at);
      await step({ kind: 'group', key: group }, transactionalId, request, signal);
    },
    async marked(group, at, signal) {
      const { offset, metadata } = await step(
        { kind: 'group', key: group },
        group,
        offsetFetchRequest(group, at),
        signal,
      );
      return offset < 0 ? null : { offset, metadata };
    },
    async end(identity, result, signal) {
      const { transactionalId } = identity;
      const { errorCode } = await coordinators.ask(
        coordinatorOf(transactionalId),
        endTxnRequest(identity, result),
        signal,
      );
      if (errorCode === 0) return 'ended';
      if (isFenced(errorCode)) return 'fenced';
      throw transactionFailure(errorCode, transactionalId);
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
