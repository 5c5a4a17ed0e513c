import type { PreparedOutput } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { type ProducerIdentity, stampBatches } from '@millrace/shared/kafka';
import type { EncodedOutput } from '../lanes/messages.ts';
import { expectEncoding } from './encoded-output.ts';
import { type ConnectSinkKafka, type KafkaRecordsSpec, kafkaEncoding } from './kafka-records.ts';
import type { PrepareContext, Sink, SinkJob } from './sink.ts';
import { abortOrphans } from './transactions/abort-orphans.ts';
import { assertBehind, createOutputMarker } from './transactions/output-marker.ts';
import { preparedTransaction, transactionDetail } from './transactions/prepared-transaction.ts';
import { publishTransactions } from './transactions/publish-transactions.ts';
import { transactionalIds } from './transactions/transactional-ids.ts';
import { createWriterPool } from './transactions/writer-pool.ts';
import { untilItSucceeds } from './until-it-succeeds.ts';

export type TransactionalSinkOptions = {
  spec: KafkaRecordsSpec;
  /** An open transaction that is not ended for so long is aborted by Kafka. */
  transactionTimeoutMs: number;
  connect: ConnectSinkKafka;
  job: SinkJob;
  clock: Clock;
};

/**
 * One transaction for each task and batch: opened and written in prepare, named in the commit entry, committed in publish by
 * whoever is alive. Readers with isolation.level=read_committed see every committed batch once.
 */
export function createTransactionalKafkaSink(name: string, options: TransactionalSinkOptions): Sink {
  const { spec, job, connect, transactionTimeoutMs, clock } = options;
  const { topic } = spec;
  const ids = transactionalIds(job, name);
  const transactions = async () => (await connect()).transactions;
  const identify = async (id: string) => (await transactions()).identify(id, transactionTimeoutMs);
  const pool = createWriterPool((index) => ids.ofWriter(job.incarnation, index), identify);
  const marker = createOutputMarker(transactions, { group: ids.group, topic });
  const orphans = abortOrphans(ids);
  /** As the run begins: its first batch must come behind it, and those that follow do. */
  const markAtStart = untilItSucceeds(marker.read);

  async function write(
    identity: ProducerIdentity,
    { batchId }: PrepareContext,
    output: Extract<EncodedOutput, { kind: 'recordBatches' }>,
    signal: AbortSignal,
  ): Promise<string> {
    const kafka = await connect();
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
      assertBehind(await markAtStart(), context.batchId, topic);
      const identity = await pool.take(context);
      try {
        return { ...prepared, detailJson: await write(identity, context, output, signal) };
      } catch (error) {
        pool.free(identity);
        throw error;
      }
    },
    async publish({ batchId, executors }, prepared) {
      const kafka = await connect();
      const named = transactionsOf(prepared);
      const identifyAgain = () => identify(ids.again);
      const endOrphans = () => orphans.sweep(executors, kafka.transactions);
      await publishTransactions(batchId, named, { topic, kafka, marker, identifyAgain, endOrphans, clock });
      for (const { identity } of named) pool.free(identity);
      return { text: '' };
    },
    pass: pool.pass,
    async discard(prepared) {
      for (const { identity } of transactionsOf(prepared)) pool.free(identity);
    },
    close: async () => {},
  };
}

/** Outputs without rows have none. */
function transactionsOf(prepared: readonly PreparedOutput[]) {
  return prepared.filter(({ detailJson }) => detailJson !== '').map(preparedTransaction);
}
