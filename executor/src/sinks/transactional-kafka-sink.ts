import type { PreparedOutput } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { toMillraceError } from '@millrace/shared/errors';
import { type ProducerIdentity, stampBatches } from '@millrace/shared/kafka';
import { expectEncoding } from './encoded-output.ts';
import { type ConnectSinkKafka, type KafkaRecordsSpec, kafkaEncoding } from './kafka-records.ts';
import type { Sink, SinkJob } from './sink.ts';
import { abortOrphans } from './transactions/abort-orphans.ts';
import { assertBehind, createOutputMarker } from './transactions/output-marker.ts';
import { transactionDetail, withTransactions } from './transactions/prepared-transaction.ts';
import { publishTransactions } from './transactions/publish-transactions.ts';
import type { TransactionBatches } from './transactions/read-transaction.ts';
import { transactionalIds } from './transactions/transactional-ids.ts';
import { type BatchOf, type BegunTransaction, createWriterPool } from './transactions/writer-pool.ts';
import { untilItSucceeds } from './until-it-succeeds.ts';

/** Every partition that is added gets a marker at the end, written to or not: of a wide topic none is added ahead. */
const PARTITIONS_AHEAD_MAX = 64;

/** Of the transaction timeout, that may have passed before a transaction that was begun early is used. */
const FRESH_SHARE = 0.1;

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
  const marker = createOutputMarker(connect, { group: ids.group, topic, clock });
  /** Of the last output: most likely the next one's, too. */
  let usualPartitions: readonly number[] = [];
  const pool = createWriterPool({
    name: (index) => ids.ofWriter(job.incarnation, index),
    begin,
    abort: async (identity) => (await transactions()).end(identity, 'abort'),
    clock,
    freshMs: transactionTimeoutMs * FRESH_SHARE,
  });
  const orphans = abortOrphans(ids);
  /** As the run begins: its first batch must come behind it, and those that follow do. */
  const markAtStart = untilItSucceeds(marker.read);

  /** All that can be done before there is something to write. */
  async function begin(transactionalId: string): Promise<BegunTransaction> {
    const partitions = new Set(usualPartitions.length > PARTITIONS_AHEAD_MAX ? [] : usualPartitions);
    const identity = await (await transactions()).identify(transactionalId, transactionTimeoutMs);
    await addPartitions(identity, [...partitions]);
    return { identity, partitions };
  }

  async function addPartitions(identity: ProducerIdentity, partitions: readonly number[], signal?: AbortSignal) {
    if (partitions.length === 0) return;
    const ofTopic = partitions.map((partition) => ({ topic, partition }));
    await (await transactions()).addPartitions(identity, ofTopic, signal);
  }

  /** Writes into a transaction that stays open; gives what the commit entry is to say of it. */
  async function write(batch: BatchOf, records: TransactionBatches, signal?: AbortSignal): Promise<string> {
    try {
      return await writeOnce(batch, records, signal);
    } catch (error) {
      // A driver that did not know this executor yet had what was begun ahead aborted, all of it: no reason to fail the task.
      if (toMillraceError(error).code !== 'SINK_UNAVAILABLE') throw error;
      pool.distrust();
      return await writeOnce(batch, records, signal);
    }
  }

  async function writeOnce(batch: BatchOf, records: TransactionBatches, signal?: AbortSignal): Promise<string> {
    const { identity, partitions } = await pool.take(batch);
    const { transactionalId } = identity;
    try {
      for (const { batches } of records) stampBatches(batches, identity);
      usualPartitions = records.map(({ partition }) => partition);
      const missing = usualPartitions.filter((partition) => !partitions.has(partition));
      await addPartitions(identity, missing, signal);
      const kafka = await connect();
      const ofTopic = records.map((part) => ({ topic, ...part }));
      const options = { acks: -1, transactionalId, ...(signal && { signal }) } as const;
      return transactionDetail(identity, await kafka.produce(ofTopic, options));
    } catch (error) {
      pool.free(identity);
      throw error;
    }
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
      const { rows, bytes, partitions } = expectEncoding(encoded, 'recordBatches');
      const prepared: PreparedOutput = { sink: name, attempt: context.attemptId, rows, bytes, detailJson: '' };
      if (partitions.length === 0) return prepared;
      assertBehind(await markAtStart(), context.batchId, topic);
      const records = partitions.map(({ partition, batches }) => ({
        partition,
        batches: batches.map((batch) => Buffer.from(batch)),
      }));
      return { ...prepared, detailJson: await write(context, records, signal) };
    },
    async publish({ batchId, executors }, prepared) {
      const kafka = await connect();
      const named = withTransactions(prepared);
      marker.note(batchId);
      const preparedAgain = await publishTransactions(named, {
        ...{ topic, kafka, clock },
        prepareAgain: async (output, records) => ({
          ...output,
          detailJson: await write({ driverEpoch: executors.driverEpoch, batchId }, records),
        }),
        endOrphans: () => orphans.sweep(executors, kafka.transactions),
      });
      for (const { transaction } of named) pool.free(transaction.identity);
      return { text: '', preparedAgain };
    },
    pass: pool.pass,
    async discard(prepared) {
      for (const { transaction } of withTransactions(prepared)) pool.free(transaction.identity);
    },
    close: async () => {
      await Promise.all([pool.close(), marker.close()]);
    },
  };
}
