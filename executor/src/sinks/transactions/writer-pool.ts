import type { KafkaTransactions, ProducerIdentity } from '@millrace/shared/kafka';

/** A batch as one driver runs it: batch ids of one driver epoch only grow. */
export type BatchOf = { driverEpoch: number; batchId: number };

/**
 * Transactional ids of this process, which no other one opens transactions under: a paused executor that wakes up can end its own
 * transactions only. Each id serves one transaction at a time, under an identity of its own every time, so whoever ends a
 * transaction late, or twice, cannot hit the next. Ids are used again: brokers keep something of each for days.
 */
export type WriterPool = {
  /**
   * An identity for one transaction of this batch. Whoever asks for one has passed all batches before it.
   */
  take(batch: BatchOf): Promise<ProducerIdentity>;
  /** All batches before this one are published: what their transactions, or older drivers', still leave open is aborted. */
  pass(batch: BatchOf): void;
  /** The transaction of this identity is ended, or nobody is going to commit it. Identities of others, and earlier ones, are passed over. */
  free(identity: ProducerIdentity): void;
};

type Writer = {
  transactionalId: string;
  /** The next identity, asked for as soon as the id is free: it takes until the markers of the last transaction are written. */
  identity: Promise<ProducerIdentity>;
  /** Null: free. */
  batch: BatchOf | null;
  /** What `batch` was given; null before. */
  given: ProducerIdentity | null;
};

export function createWriterPool(
  name: (index: number) => string,
  identify: (transactionalId: string) => ReturnType<KafkaTransactions['identify']>,
): WriterPool {
  /** In the order of their last use. */
  const writers: Writer[] = [];

  function next(transactionalId: string): Promise<ProducerIdentity> {
    const identity = identify(transactionalId);
    // Whoever takes it sees the error.
    identity.catch(() => {});
    return identity;
  }

  function renew(writer: Writer): void {
    writer.batch = null;
    writer.given = null;
    writer.identity = next(writer.transactionalId);
    writers.splice(writers.indexOf(writer), 1);
    writers.push(writer);
  }

  function add(): Writer {
    const transactionalId = name(writers.length);
    const writer: Writer = { transactionalId, identity: next(transactionalId), batch: null, given: null };
    writers.push(writer);
    return writer;
  }

  function pass(batch: BatchOf): void {
    for (const writer of [...writers]) if (writer.batch !== null && isBefore(writer.batch, batch)) renew(writer);
  }

  return {
    pass,
    async take(batch) {
      pass(batch);
      const writer = writers.find((one) => one.batch === null) ?? add();
      writer.batch = batch;
      // One in reserve, so that the next transaction need not wait for this one's markers.
      if (writers.every((one) => one.batch !== null)) add();
      try {
        const identity = await writer.identity;
        if (writer.batch === batch) writer.given = identity;
        return identity;
      } catch (error) {
        if (writer.batch === batch) renew(writer);
        throw error;
      }
    },
    free({ transactionalId, producerId, producerEpoch }) {
      const writer = writers.find((one) => one.transactionalId === transactionalId);
      if (writer?.given?.producerId === producerId && writer.given.producerEpoch === producerEpoch) renew(writer);
    },
  };
}

function isBefore(one: BatchOf, other: BatchOf): boolean {
  return one.driverEpoch < other.driverEpoch || (one.driverEpoch === other.driverEpoch && one.batchId < other.batchId);
}
