import type { PreparedOutput } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { type ProducerIdentity, stampBatches } from '@millrace/shared/kafka';
import type { EncodedOutput } from '../lanes/messages.ts';
import { expectEncoding } from './encoded-output.ts';
import { type ConnectSinkKafka, type KafkaRecordsSpec, kafkaEncoding, type SinkKafka } from './kafka-records.ts';
import type { PrepareContext, Sink, SinkJob } from './sink.ts';
import { abortOrphans } from './transactions/abort-orphans.ts';
import { assertBehind, createOutputMarker, type OutputMarker } from './transactions/output-marker.ts';
import { preparedTransaction, transactionDetail } from './transactions/prepared-transaction.ts';
import { publishTransactions } from './transactions/publish-transactions.ts';
import { transactionalIds } from './transactions/transactional-ids.ts';
import { createWriterPool, type WriterPool } from './transactions/writer-pool.ts';

export type TransactionalSinkOptions = {
  spec: KafkaRecordsSpec;
  /** An open transaction that is not ended for so long is aborted by Kafka. */
  transactionTimeoutMs: number;
  connect: ConnectSinkKafka;
  job: SinkJob;
  clock: Clock;
};

/** A connected sink's means. */
type Session = { kafka: SinkKafka; pool: WriterPool; marker: OutputMarker; checked: Promise<void> | null };

/**
 * One transaction for each task and batch: opened and written in prepare, named in the commit entry, committed in publish by
 * whoever is alive. Readers with isolation.level=read_committed see every committed batch once.
 */
export function createTransactionalKafkaSink(name: string, options: TransactionalSinkOptions): Sink {
  const { spec, job, connect, transactionTimeoutMs, clock } = options;
  const { topic } = spec;
  const ids = transactionalIds(job, name);
  const orphans = abortOrphans(ids);
  let opened: Promise<Session> | null = null;

  async function open(): Promise<Session> {
    const kafka = await connect();
    const identify = (id: string) => kafka.transactions.identify(id, transactionTimeoutMs);
    const pool = createWriterPool((index) => ids.ofWriter(job.incarnation, index), identify);
    return { kafka, pool, marker: createOutputMarker(kafka.transactions, { group: ids.group, topic }), checked: null };
  }
  const session = () => {
    opened ??= open().catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };

  /** The first batch of a run is checked against the marker; those behind it follow it. */
  async function checkBehind(using: Session, batchId: number): Promise<void> {
    using.checked ??= using.marker
      .read()
      .then((marker) => assertBehind(marker, batchId, topic))
      .catch((error: unknown) => {
        using.checked = null;
        throw error;
      });
    await using.checked;
  }

  async function write(
    { kafka, marker }: Session,
    identity: ProducerIdentity,
    { batchId }: PrepareContext,
    output: Extract<EncodedOutput, { kind: 'recordBatches' }>,
    signal: AbortSignal,
  ): Promise<string> {
    const { transactionalId } = identity;
    const partitions = output.partitions.map(({ partition, batches }) => ({
      topic,
      partition,
      batches: batches.map((batch) => Buffer.from(batch)),
    }));
    for (const { batches } of partitions) stampBatches(batches, identity);
    await kafka.transactions.addPartitions(identity, partitions, signal);
    const [written] = await Promise.all([
      kafka.produce(partitions, { acks: -1, transactionalId, signal }),
      marker.write(identity, batchId, 'first'),
    ]);
    return transactionDetail(identity, written);
  }

  return {
    name,
    guarantee: {
      delivery: 'exactlyOnce',
      because:
        'a transaction that the commit names is committed after it; for readers with isolation.level=read_committed',
    },
    encoding: kafkaEncoding(spec, connect),
    async prepare(context, encoded, signal) {
      const output = expectEncoding(encoded, 'recordBatches');
      const { rows, bytes, partitions } = output;
      const prepared: PreparedOutput = { sink: name, attempt: context.attemptId, rows, bytes, detailJson: '' };
      if (partitions.length === 0) return prepared;
      const using = await session();
      await checkBehind(using, context.batchId);
      const identity = await using.pool.take(context);
      try {
        return { ...prepared, detailJson: await write(using, identity, context, output, signal) };
      } catch (error) {
        using.pool.free(identity);
        throw error;
      }
    },
    async publish({ batchId, executors }, prepared) {
      const { kafka, pool, marker } = await session();
      const transactions = transactionsOf(prepared);
      const identifyAgain = () => kafka.transactions.identify(ids.again, transactionTimeoutMs);
      const endOrphans = () => orphans.sweep(executors, kafka.transactions);
      await publishTransactions(batchId, transactions, { topic, kafka, marker, identifyAgain, endOrphans, clock });
      for (const { identity } of transactions) pool.free(identity);
      return { text: '' };
    },
    pass(batch) {
      // A sink that never connected has nothing open.
      opened?.then(({ pool }) => pool.pass(batch)).catch(() => {});
    },
    async discard(prepared) {
      const { pool } = await session();
      for (const { identity } of transactionsOf(prepared)) pool.free(identity);
    },
    close: async () => {},
  };
}

/** Outputs without rows have none. */
function transactionsOf(prepared: readonly PreparedOutput[]) {
  return prepared.filter(({ detailJson }) => detailJson !== '').map(preparedTransaction);
}
