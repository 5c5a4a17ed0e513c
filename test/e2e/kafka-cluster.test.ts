import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { kafkaTool, startKafka } from '../servers/index.ts';
import { startCluster } from './support/cluster.ts';
import { paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { PAYMENTS_FROM_MS, payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';

const BROKERS = 3;
const PARTITIONS = 6;
const RECORDS = 12_000;

const part = (number: number) =>
  payments({
    seed: 90 + number,
    records: RECORDS,
    partitions: PARTITIONS,
    fromMs: PAYMENTS_FROM_MS + number * RECORDS,
    disorderMs: 3_000,
  });

test('leaders move, brokers die and come back, and a job goes on over all of it', async (t) => {
  const kafka = await startKafka({ own: true, brokers: BROKERS });
  t.after(() => kafka.stop());
  const cluster = await startCluster(t, { executors: 2, lanes: 1, kafkaBrokers: kafka.brokers });
  const [topic, output] = [`in-${randomUUID()}`, `out-${randomUUID()}`];
  await cluster.kafka.createTopics([
    { topic, partitions: PARTITIONS, replicationFactor: BROKERS },
    { topic: output, partitions: 2, replicationFactor: BROKERS },
  ]);
  await cluster.produce(topic, part(0));
  const sink = { topic: output, key: ['user', 'window_start'] };
  const spec = paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', trigger: 'asap' });
  const job = await cluster.submit(spec);
  await job.untilCaughtUp();

  for (const broker of [0, 1]) {
    // Each leads a third of the partitions; the others take them over, and give them back in their own time.
    await kafka.kill(broker);
    await cluster.produce(topic, part(2 * broker + 1));
    await job.untilCaughtUp();
    await kafka.restart(broker);
    await cluster.produce(topic, part(2 * broker + 2));
    await job.untilCaughtUp();
  }
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
  const statuses = new Set(job.watch.events().map((event) => event.job?.status));
  assert.ok(!statuses.has('restarting') && !statuses.has('failed'), [...statuses].join());

  assert.deepEqual(await lagByTool(kafka.brokers, job.id, topic), Array(PARTITIONS).fill('0'));
});

/** As `kafka-consumer-groups` shows it, once the last positions are there: at most a second after the batch. */
async function lagByTool(brokers: string[], group: string, topic: string): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const shown = await kafkaTool('kafka-consumer-groups', brokers, ['--describe', '--group', group]);
    const rows = shown
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => row[1] === topic);
    const lags = rows.map((row) => row[5]!);
    if (attempt === 5 || lags.every((lag) => lag === '0')) return lags;
  }
}
