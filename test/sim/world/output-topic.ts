import type { FetchedPartition, FetchWant, KafkaClient, PartitionBatches } from '@millrace/shared/kafka';
import { ATTRIBUTE, BATCH, LENGTH_OVERHEAD, MAGIC_V2, readRecords, recordBatches } from '@millrace/shared/kafka';
import { transactionFailure } from '../../../shared/src/kafka/transactions/transaction-failure.ts';
import type { ServerLink } from './server-link.ts';
import type { Transaction, TransactionCoordinator } from './transaction-coordinator.ts';

/** A row that a sink wrote, and what is decided about its transaction. */
export type WrittenRow = { key: string; text: string; fate: 'plain' | 'open' | 'committed' | 'aborted' };

/** The topic that the job writes: one partition. */
export type OutputTopic = {
  rows(): WrittenRow[];
  clientOf(link: ServerLink): Pick<KafkaClient, 'produce' | 'fetch'>;
};

type Entry = { offset: number; end: number; batch: Buffer; transaction: Transaction | null };

const INVALID_PRODUCER_EPOCH = 47;

export function createOutputTopic(coordinator: TransactionCoordinator): OutputTopic {
  const log: Entry[] = [];
  const end = () => log.at(-1)?.end ?? 0;

  function append(batch: Buffer, records: number, transaction: Transaction | null): number {
    const offset = end();
    batch.writeBigInt64BE(BigInt(offset), BATCH.baseOffset);
    log.push({ offset, end: offset + records, batch, transaction });
    return offset;
  }

  coordinator.onMarker((transaction) => void append(markerOf(transaction.producerId), 1, transaction));

  function write(bytes: Buffer, transactionalId: string | null): number {
    const batch = Buffer.from(bytes);
    const records = batch.readInt32BE(BATCH.recordCount);
    if (transactionalId === null) return append(batch, records, null);
    const producerId = batch.readBigInt64BE(BATCH.producerId);
    const producerEpoch = batch.readInt16BE(BATCH.producerEpoch);
    const transaction = coordinator.openOf({ transactionalId, producerId, producerEpoch });
    if (!transaction) throw transactionFailure(INVALID_PRODUCER_EPOCH, transactionalId);
    // Sequence numbers tell what is there already.
    const sequence = batch.readInt32BE(BATCH.baseSequence);
    const known = log.find(
      (entry) => entry.transaction === transaction && entry.batch.readInt32BE(BATCH.baseSequence) === sequence,
    );
    if (known) return known.offset;
    const offset = append(batch, records, transaction);
    transaction.firstOffset ??= offset;
    return offset;
  }

  function produce(partitions: readonly PartitionBatches[], transactionalId: string | null) {
    return partitions.map(({ topic, partition, batches }) => {
      const offsets = batches.map((batch) => write(Buffer.from(batch as Uint8Array), transactionalId));
      return { topic, partition, baseOffset: offsets[0]! };
    });
  }

  /** Below it every transaction has ended. */
  function lastStableOffset(): number {
    const open = log.filter(({ transaction }) => transaction?.state === 'open' || transaction?.state === 'ending');
    return Math.min(end(), ...open.map(({ offset }) => offset));
  }

  function fetch({ topic, partition, offset, bytesMax }: FetchWant, uncommitted: boolean): FetchedPartition {
    const stable = lastStableOffset();
    const readable = log.filter((entry) => entry.end > offset && (uncommitted || entry.end <= stable));
    let bytes = 0;
    const sent = readable.filter((entry, index) => {
      bytes += entry.batch.length;
      return index === 0 || bytes <= bytesMax;
    });
    const aborted = new Set(
      readable.flatMap(({ transaction }) => (transaction?.state === 'aborted' ? [transaction] : [])),
    );
    return {
      ...{ topic, partition, errorCode: 0, highWatermark: end(), lastStableOffset: stable, logStartOffset: 0 },
      abortedTransactions: uncommitted
        ? []
        : [...aborted].map(({ producerId, firstOffset }) => ({ producerId, firstOffset: firstOffset! })),
      records: Buffer.concat(sent.map(({ batch }) => batch)),
    };
  }

  return {
    rows: () =>
      log.flatMap(({ batch, transaction }) => {
        if ((batch.readInt16BE(BATCH.attributes) & ATTRIBUTE.control) !== 0) return [];
        const records = [...recordBatches(batch)].flatMap((one) => [...readRecords(one)]);
        return records.map(({ key, value }) => ({
          ...{ key: String(key), text: String(value) },
          fate: transaction ? (transaction.verdict ?? 'open') : 'plain',
        }));
      }),
    clientOf: (link) => ({
      produce: (partitions, { transactionalId }) =>
        link.ask('produce', async () => produce(partitions, transactionalId ?? null)),
      fetch: (wants, { uncommitted = false }) =>
        link.ask('fetch', async () => wants.map((want) => fetch(want, uncommitted))),
    }),
  };
}

/** What ends a transaction in the log; nobody here looks at the record in it. */
function markerOf(producerId: bigint): Buffer {
  const batch = Buffer.alloc(BATCH.records);
  batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, BATCH.length);
  batch.writeInt8(MAGIC_V2, BATCH.magic);
  batch.writeInt16BE(ATTRIBUTE.transactional | ATTRIBUTE.control, BATCH.attributes);
  batch.writeBigInt64BE(producerId, BATCH.producerId);
  batch.writeInt32BE(-1, BATCH.baseSequence);
  batch.writeInt32BE(1, BATCH.recordCount);
  return batch;
}
