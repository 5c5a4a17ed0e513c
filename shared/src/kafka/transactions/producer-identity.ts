/**
 * Who writes a transaction. Kafka knows at most one producer epoch of a transactional id: whoever asks for the next one ends
 * what is open under it and shuts out whoever held it.
 */
export type ProducerIdentity = { transactionalId: string; producerId: bigint; producerEpoch: number };
