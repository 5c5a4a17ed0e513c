import { type WireWriter, wireWriter } from '../wire-writer.ts';

/**
 * Who writes a transaction. Kafka knows at most one producer epoch of a transactional id: whoever asks for the next one ends
 * what is open under it and shuts out whoever held it.
 */
export type ProducerIdentity = { transactionalId: string; producerId: bigint; producerEpoch: number };

/** A request that begins with the identity, as most of a transaction do. */
export function bodyOf({ transactionalId, producerId, producerEpoch }: ProducerIdentity): WireWriter {
  const body = wireWriter();
  body.string(transactionalId);
  body.int64(producerId);
  body.int16(producerEpoch);
  return body;
}
