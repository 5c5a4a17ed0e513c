import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { redisKeys } from '../../shared/src/store/redis/redis-keys.ts';
import { startCluster } from './support/cluster.ts';
import { paymentJob, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';

/** Past a snapshot of the only slice, which is due every hundred batches or so. */
const BATCHES = 130;
const RECORDS_PER_BATCH = 8;
const PARTITIONS = 4;
/** Deltas until the next snapshot, the snapshot, and what a batch adds before the old ones are removed. */
const BLOBS_MAX = 103;
const LOG_ENTRIES_MAX = 100;

test('what a job keeps in Redis stays bounded over many batches, and is what the last commit names', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const redis = new Redis(cluster.redisUrl);
  t.after(() => redis.quit());
  const topic = await cluster.createTopic(PARTITIONS);
  await cluster.produce(topic, payments({ seed: 4, records: BATCHES * RECORDS_PER_BATCH, partitions: PARTITIONS }));
  const limits = { recordsPerBatch: RECORDS_PER_BATCH };
  const options = { topic, sink: { type: 'noop' }, outputMode: 'update', ...limits } as const;
  const job = await cluster.submit(paymentJob(TOTALS_BY_COUNTRY.query, options));
  const keys = redisKeys(cluster.namespace).job(job.id);
  const blobs = () => redis.keys(`${cluster.namespace}:blob:*`);
  const seen: number[] = [];
  for (let batch = 10; batch < BATCHES; batch += 10) {
    await job.untilBatch(batch);
    seen.push((await blobs()).length);
  }
  await job.untilFinished();
  assert.ok(Math.max(...seen) <= BLOBS_MAX, `blobs: ${seen}`);
  assert.ok(Math.max(...seen) > BLOBS_MAX / 2, `too few batches to tell: ${seen}`);
  const tags = await redis.hkeys(keys.state);
  const named = tags.map((name) => redisKeys(cluster.namespace).blob(name));
  assert.deepEqual((await blobs()).toSorted(), named.toSorted(), 'nothing is left that no commit names');
  for (const log of [keys.offsets, keys.commits]) assert.ok((await redis.hlen(log)) <= LOG_ENTRIES_MAX);
  const { length: batches } = job.watch.events().filter(({ progress }) => progress !== undefined);
  assert.ok(batches >= BATCHES, `${batches} batches`);
});
