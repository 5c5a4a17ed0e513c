import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Cluster, startCluster } from './support/cluster.ts';
import { paymentJob, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';

const PARTITIONS = 1_000;
/** Partitions that get records now and then, while the others are empty. */
const BUSY = 7;
const ROUNDS = 10;
/** Of a step that itself tries for some seconds. */
const TRIES_MAX = 8;

test('a topic of a thousand partitions is read whole, and small batches stay small', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const output = await cluster.createTopic(1);
  const topic = await manyPartitions(cluster);
  await cluster.produce(topic, payments({ seed: 80, records: 20 * PARTITIONS, partitions: PARTITIONS }));
  const options = { topic, sink: { topic: output, key: ['country'] }, outputMode: 'update' as const, trigger: 'asap' };
  const job = await cluster.submit(paymentJob(TOTALS_BY_COUNTRY.query, options));
  await job.untilCaughtUp();

  const latencies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const values = Array.from({ length: PARTITIONS }, () => [] as string[]);
    for (let index = 0; index < BUSY; index++)
      values[(round * 131 + index * 17) % PARTITIONS]!.push(`{"country":"X${round}","amount":"1.00"}`);
    const at = performance.now();
    await cluster.produce(topic, values);
    await job.untilCaughtUp();
    latencies.push(performance.now() - at);
  }
  latencies.sort((a, b) => a - b);
  t.diagnostic(`append to seen: p50 ${latencies[ROUNDS / 2]!.toFixed(0)} ms, max ${latencies.at(-1)!.toFixed(0)} ms`);
  const { offsets } = await job.logs();
  assert.ok(
    offsets.slice(1).every(({ ranges }) => ranges.length <= BUSY),
    'what is not read is not written down',
  );
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), TOTALS_BY_COUNTRY.query);
});

/** A broker makes a thousand folders before it leads them all: longer than a client waits once. */
async function manyPartitions({ kafka }: Cluster): Promise<string> {
  const topic = `many-${randomUUID()}`;
  const patiently = async (step: () => Promise<unknown>) => {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const isDone = await step().then(
        () => true,
        (error: { code?: string }) => (error.code === 'KAFKA_UNAVAILABLE' ? false : Promise.reject(error)),
      );
      if (isDone) return;
    }
    assert.fail(`${topic} has no leaders`);
  };
  await patiently(() => kafka.createTopics([{ topic, partitions: PARTITIONS, replicationFactor: 1 }]));
  // Named as leader a broker may still refuse to be one.
  await patiently(() => kafka.listOffsets([topic], 'latest'));
  return topic;
}
