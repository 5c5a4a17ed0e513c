import type { Clock } from '@millrace/shared/clock';
import type { ProducerIdentity } from '@millrace/shared/kafka';

/** Open already, so that a task that uses it need only write. */
export type BegunTransaction = {
  identity: ProducerIdentity;
  /** That it may write to as it is. */
  partitions: ReadonlySet<number>;
};

/** A batch as one driver runs it: batch ids of one driver epoch only grow. */
export type BatchOf = { driverEpoch: number; batchId: number };

/**
 * Transactional ids of this process, which no other one opens transactions under: a paused executor that wakes up can end its own
 * transactions only. Each id serves one transaction at a time, under an identity of its own every time, so whoever ends a
 * transaction late, or twice, cannot hit the next. Ids are used again: brokers keep something of each for days.
 */
export type WriterPool = {
  /**
   * A transaction for one task of this batch. Whoever asks for one has passed all batches before the last, which may still be
   * on its way to be published.
   */
  take(batch: BatchOf): Promise<BegunTransaction>;
  /** All batches before this one are published: what their transactions, or older drivers', still leave open is aborted. */
  pass(batch: BatchOf): void;
  /** The transaction of this identity is ended, or nobody is going to commit it. Identities of others, and earlier ones, are passed over. */
  free(identity: ProducerIdentity): void;
  /** What was begun ahead may be over: it is begun anew before it is used. */
  distrust(): void;
  /** Aborts what was begun and is not taken; never fails. What is taken may be named by a commit and is left as it is. */
  close(): Promise<void>;
};

type Writer = {
  transactionalId: string;
  /** The next transaction, begun as soon as the id is free: it takes until the markers of the last one are written. */
  begun: Promise<BegunTransaction>;
  begunMs: number;
  /** Null: free. */
  batch: BatchOf | null;
  /** What `batch` was given; null before. */
  given: ProducerIdentity | null;
};

export type WriterPoolOptions = {
  name(index: number): string;
  begin(transactionalId: string): Promise<BegunTransaction>;
  abort(identity: ProducerIdentity): Promise<unknown>;
  clock: Pick<Clock, 'monotonic'>;
  /** A transaction that was begun so long ago and not taken is begun anew: Kafka's timeout runs. */
  freshMs: number;
};

export function createWriterPool({ name, begin, abort, clock, freshMs }: WriterPoolOptions): WriterPool {
  /** In the order of their last use. */
  const writers: Writer[] = [];

  function next(transactionalId: string): Pick<Writer, 'begun' | 'begunMs'> {
    const begun = begin(transactionalId);
    // Whoever takes it sees the error.
    begun.catch(() => {});
    return { begun, begunMs: clock.monotonic() };
  }

  function renew(writer: Writer): void {
    Object.assign(writer, { batch: null, given: null });
    Object.assign(writer, next(writer.transactionalId));
    writers.splice(writers.indexOf(writer), 1);
    writers.push(writer);
  }

  function add(): Writer {
    const transactionalId = name(writers.length);
    const writer: Writer = { transactionalId, ...next(transactionalId), batch: null, given: null };
    writers.push(writer);
    return writer;
  }

  function pass(batch: BatchOf): void {
    for (const writer of [...writers]) if (writer.batch !== null && isBefore(writer.batch, batch)) renew(writer);
  }

  return {
    pass,
    async take(batch) {
      pass({ ...batch, batchId: batch.batchId - 1 });
      const writer = writers.find((one) => one.batch === null) ?? add();
      if (clock.monotonic() - writer.begunMs > freshMs) Object.assign(writer, next(writer.transactionalId));
      writer.batch = batch;
      // One in reserve, so that the next transaction need not wait for this one's markers.
      if (writers.every((one) => one.batch !== null)) add();
      try {
        const begun = await writer.begun;
        if (writer.batch === batch) writer.given = begun.identity;
        return begun;
      } catch (error) {
        if (writer.batch === batch) renew(writer);
        throw error;
      }
    },
    free({ transactionalId, producerId, producerEpoch }) {
      const writer = writers.find((one) => one.transactionalId === transactionalId);
      if (writer?.given?.producerId === producerId && writer.given.producerEpoch === producerEpoch) renew(writer);
    },
    distrust() {
      for (const writer of writers) if (writer.batch === null) writer.begunMs = Number.NEGATIVE_INFINITY;
    },
    async close() {
      const unused = writers.filter((one) => one.batch === null);
      await Promise.allSettled(unused.map(async ({ begun }) => abort((await begun).identity)));
    },
  };
}

function isBefore(one: BatchOf, other: BatchOf): boolean {
  return one.driverEpoch < other.driverEpoch || (one.driverEpoch === other.driverEpoch && one.batchId < other.batchId);
}
