import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cluster, startCluster, writeSpec } from './support/cluster.ts';
import { paymentJob } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink } from './support/sinks.ts';
import { addPartition, deleteRecords, recreateTopic } from './support/topics.ts';

const PARTITIONS = 2;
/** Of each partition, each time. */
const RECORDS = 1_000;

const part = (seed: number) => payments({ seed, records: RECORDS * PARTITIONS, partitions: PARTITIONS });

/** A job that wrote down every record of a topic that there was, and ended. */
async function finishedJob(cluster: Cluster) {
  const topic = await cluster.createTopic(PARTITIONS);
  await cluster.produce(topic, part(60));
  const path = join(cluster.folder, topic);
  const query = 'SELECT _partition AS partition, _offset AS "offset" FROM payments';
  const spec = paymentJob(query, { topic, sink: { type: 'file', path } });
  const job = await cluster.submit(spec);
  await job.untilFinished();
  return {
    topic,
    job,
    specWith(source: object): string {
      const sources = { payments: { ...spec.sources.payments, ...source } };
      return writeSpec(cluster.folder, { ...spec, sources }, cluster.brokers);
    },
    /** Offsets read of each partition, sorted. */
    async offsets(): Promise<number[][]> {
      const rows = await readFileSink(path, 'ndjson');
      const byPartition = Map.groupBy(rows, ({ partition }) => Number(partition));
      return Array.from({ length: byPartition.size }, (_, partition) =>
        byPartition
          .get(partition)!
          .map(({ offset }) => Number(offset))
          .sort((a, b) => a - b),
      );
    },
  };
}

const span = (from: number, until: number) => Array.from({ length: until - from }, (_, index) => from + index);

test('topics that change between two runs of a job', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });

  await cluster.part('records deleted before they were read fail the job, or are passed over and counted', async () => {
    const { topic, job, specWith, offsets } = await finishedJob(cluster);
    await cluster.produce(topic, part(61));
    await deleteRecords(cluster.brokers, topic, { 0: RECORDS + 300, 1: 2 * RECORDS });

    const failed = await cluster.cli('restart', job.id, '--follow');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /Offset 1000 of partition \d of topic .* is deleted/);
    assert.match(failed.stderr, /onDataLoss: skip/);
    assert.deepEqual(await offsets(), [span(0, RECORDS), span(0, RECORDS)]);

    const went = await cluster.cli('restart', job.id, '--spec', specWith({ onDataLoss: 'skip' }), '--follow');
    assert.equal(went.code, 0, went.stderr);
    assert.deepEqual(await offsets(), [[...span(0, RECORDS), ...span(RECORDS + 300, 2 * RECORDS)], span(0, RECORDS)]);
    const { commits } = await job.logs();
    const { skippedRecords, recordsIn } = commits.at(-1)!.counts;
    assert.deepEqual({ skippedRecords, recordsIn }, { skippedRecords: 300 + RECORDS, recordsIn: RECORDS - 300 });
    assert.match((await cluster.cli('describe', job.id)).stdout, /Skipped +1,300 deleted records/);
    assert.match(cluster.logOf('executor-1'), /"skipped":1300/);
  });

  await cluster.part('a partition that was added is read from the first record it has', async () => {
    const { topic, job, offsets } = await finishedJob(cluster);
    await addPartition(cluster.brokers, topic);
    await cluster.produce(topic, [[], [], part(62)[0]!]);
    await deleteRecords(cluster.brokers, topic, { 2: 40 });
    const went = await cluster.cli('restart', job.id, '--follow');
    assert.equal(went.code, 0, went.stderr);
    assert.deepEqual(await offsets(), [span(0, RECORDS), span(0, RECORDS), span(40, RECORDS)]);
  });

  await cluster.part('a topic that was made anew is not read on, though it has grown past what was read', async () => {
    const { topic, job, offsets } = await finishedJob(cluster);
    await recreateTopic(cluster.brokers, topic, PARTITIONS);
    for (const seed of [63, 64]) await cluster.produce(topic, part(seed));
    const refused = await cluster.cli('restart', job.id, '--follow');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`topic "${topic}" was deleted and made again`));
    assert.deepEqual(await offsets(), [span(0, RECORDS), span(0, RECORDS)]);
  });

  await cluster.part('… nor is a batch run again over it that was planned before', async () => {
    const { topic, job } = await finishedJob(cluster);
    await cluster.produce(topic, part(65));
    await deleteRecords(cluster.brokers, topic, { 0: 2 * RECORDS });
    assert.match((await cluster.cli('restart', job.id, '--follow')).stderr, /is deleted/);
    const { offsets, commits } = await job.logs();
    assert.equal(offsets.length, commits.length + 1);
    await recreateTopic(cluster.brokers, topic, PARTITIONS);
    for (const seed of [66, 67]) await cluster.produce(topic, part(seed));
    assert.match((await cluster.cli('restart', job.id, '--follow')).stderr, /was deleted and made again/);
  });
});

test('a topic that changes while a job reads it: another partition is read, another topic stops the job', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic(PARTITIONS);
  await cluster.produce(topic, part(68));
  const query = 'SELECT _offset FROM payments';
  const job = await cluster.submit(paymentJob(query, { topic, sink: { type: 'noop' }, trigger: 'asap' }));
  await job.untilCaughtUp();
  await addPartition(cluster.brokers, topic);
  await cluster.produce(topic, [[], [], part(62)[0]!]);
  await job.untilCaughtUp();

  await recreateTopic(cluster.brokers, topic, PARTITIONS + 1);
  for (const seed of [69, 70]) await cluster.produce(topic, part(seed));
  const { code } = await job.untilFailed();
  // Whether it looked while there was none, or afterwards.
  assert.ok(code === 'TOPIC_UNKNOWN' || code === 'OFFSETS_GONE', code);
  const { commits } = await job.logs();
  assert.deepEqual(
    commits.at(-1)!.positions.map(({ offset }) => offset),
    [RECORDS, RECORDS, RECORDS],
  );
});
