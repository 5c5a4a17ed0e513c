import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import { answerOf } from './support/oracle.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink, readKafkaSink, readKafkaTable } from './support/sinks.ts';
import { readTopic } from './support/topics.ts';

const RECORDS = 120_000;
/** Of four batches, each of two tasks: more than one of either. */
const RECORDS_PER_BATCH = 30_000;

test('every job equals DuckDB over the whole topic', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 1, records: RECORDS, partitions: 4, disorderMs: 12_000 }));
  const run = async (query: string, sink: object, outputMode: 'append' | 'update' | 'complete') => {
    const job = await cluster.submit(
      paymentJob(query, { topic, sink, outputMode, recordsPerBatch: RECORDS_PER_BATCH }),
    );
    await job.untilFinished();
    await job.expectExactLogs();
    return job;
  };

  for (const format of ['ndjson', 'parquet'] as const) {
    await cluster.part(`a filter into ${format} files`, async () => {
      const path = join(cluster.folder, format);
      const job = await run(LARGE_PAYMENTS.query, { type: 'file', path, format }, 'append');
      await job.expectEqualsDuckDb(await readFileSink(path, format), LARGE_PAYMENTS.answer);
      assert.ok((await job.logs()).commits.length >= 4, 'several batches');
    });
  }

  await cluster.part('closed windows into a topic', async () => {
    const output = await cluster.createTopic();
    const job = await run(SPEND_BY_USER.query, { topic: output }, 'append');
    await job.expectEqualsDuckDb(await readKafkaSink(cluster.kafka, output), SPEND_BY_USER.closedAnswer);
  });

  await cluster.part('windows kept up to date in a topic, late rows counted', async () => {
    const output = await cluster.createTopic();
    const job = await run(SPEND_BY_USER.query, { topic: output, key: ['user', 'window_start'] }, 'update');
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
    const logs = await job.logs();
    const [late] = await answerOf('SELECT count(*) AS n FROM late', await readTopic(cluster.kafka, topic), logs);
    const counted = logs.commits.reduce((sum, { counts }) => sum + counts.lateRows, 0);
    assert.ok(counted > 0, 'there are late rows');
    assert.equal(String(counted), late?.n);
  });

  await cluster.part('the complete result of each batch', async () => {
    const path = join(cluster.folder, 'complete');
    const job = await run(TOTALS_BY_COUNTRY.query, { type: 'file', path }, 'complete');
    await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), TOTALS_BY_COUNTRY.query);
  });
});
