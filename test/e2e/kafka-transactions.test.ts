import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaTool } from '../servers/index.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import type { HeldCall, PassingCall } from './support/pause-points.ts';
import { LARGE_PAYMENTS, paymentJob } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { textRowOf } from './support/rows.ts';
import { readKafkaSink } from './support/sinks.ts';
import { heldBack } from './support/topics.ts';

/** Three batches of two tasks each, one on either executor. */
const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
const RECORDS_PER_BATCH = 40_000;
const BATCH = 1;

/** Comes after everything else in a partition. */
const LAST = '{"last":true}';
/** Without a record the consumer gives up after this. */
const READ_MAX_MS = 20_000;

type Fault = {
  title: string;
  point: Partial<PassingCall>;
  strike(cluster: Cluster, held: HeldCall): Promise<void>;
};

const restartDriver = async (cluster: Cluster) => {
  await cluster.killDriver();
  await cluster.startDriver();
};

const FAULTS: Fault[] = [
  {
    title: 'an executor killed with its transaction open and its task not answered',
    point: { method: 'RunTask', attempt: 0, at: 'reply' },
    strike: (cluster, { executor }) => cluster.killExecutor(executor),
  },
  {
    title: 'an executor killed after it has published, before the driver knows',
    point: { method: 'Publish', at: 'reply' },
    strike: (cluster, { executor }) => cluster.killExecutor(executor),
  },
  {
    title: 'the driver killed with all transactions of a batch open',
    point: { method: 'RunTask', at: 'reply' },
    strike: restartDriver,
  },
  {
    title: 'the driver killed between the commit and the end of the transactions',
    point: { method: 'Publish', at: 'request' },
    strike: restartDriver,
  },
  {
    title: 'the driver killed after the end of the transactions, before it is noted',
    point: { method: 'Publish', at: 'reply' },
    strike: restartDriver,
  },
  {
    title: 'committed transactions that Kafka aborts before they are ended',
    point: { method: 'Publish', at: 'request' },
    strike: async (cluster, held) => {
      const { transactions } = cluster.kafka;
      const open = await transactions.open(`millrace/${held.jobId}/`);
      assert.ok(open.length > 0, 'there are transactions to abort');
      for (const id of open) await transactions.identify(id, 1_000);
      held.release();
    },
  },
];

for (const { title, point, strike } of FAULTS) {
  test(`exactly once into Kafka: ${title}`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 2 });
    const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
    await cluster.produce(topic, payments({ seed: 11, ...PAYMENTS }));
    const paused = cluster.pauseAt({ batch: BATCH, ...point });
    const options = { topic, sink: { topic: output }, recordsPerBatch: RECORDS_PER_BATCH };
    const spec = paymentJob(LARGE_PAYMENTS.query, options);
    const job = await cluster.submit(spec);
    await strike(cluster, await paused);
    await job.untilFinished();
    await job.expectExactLogs();
    const rows = await readKafkaSink(cluster.kafka, output);
    await job.expectEqualsDuckDb(rows, LARGE_PAYMENTS.answer);
    assert.deepEqual(await readAsOthersDo(cluster, output, rows.length), sorted(rows));
    assert.deepEqual(await heldBack(cluster.kafka, [output]), [], 'no transaction stays open');
  });
}

/**
 * Kafka's own consumer, read_committed, up to a last record in each partition. It stops after as many records as there should be:
 * with one too many, one of the last is missing.
 */
async function readAsOthersDo({ brokers, produce }: Cluster, topic: string, expected: number) {
  await produce(
    topic,
    Array.from({ length: PAYMENTS.partitions }, () => [LAST]),
  );
  const read = ['--topic', topic, '--from-beginning', '--isolation-level', 'read_committed'];
  const limits = ['--max-messages', String(expected + PAYMENTS.partitions), '--timeout-ms', String(READ_MAX_MS)];
  const output = await kafkaTool('kafka-console-consumer', brokers, [...read, ...limits]);
  // It also says how many there were.
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const rows = lines.filter((line) => line !== LAST);
  assert.equal(lines.length - rows.length, PAYMENTS.partitions, 'it has read to the end');
  return sorted(rows.map(textRowOf));
}

const sorted = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).toSorted();
