import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import { answerOf } from './support/oracle.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { fileSinkLines, readFileSink, readKafkaSink, readKafkaTable } from './support/sinks.ts';
import { readTopic } from './support/topics.ts';

const RECORDS = 120_000;
/** Of four batches, each of two tasks: more than one of either. */
const RECORDS_PER_BATCH = 30_000;

const LATE = 'SELECT "user", epoch_ms(ts) AS ms, amount FROM late';

/** As `LATE` tells them. */
function lateRow(line: string): [string, number, number] {
  const { row } = JSON.parse(line) as { row: { user: string; ts: string; amount: number } };
  return [row.user, Date.parse(row.ts), row.amount];
}

test('every job equals DuckDB over the whole topic', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 1, records: RECORDS, partitions: 4, disorderMs: 12_000 }));
  const run = async (query: string, sink: object, outputMode: 'append' | 'update' | 'complete', more: object = {}) => {
    const job = await cluster.submit(
      paymentJob(query, { topic, sink, outputMode, recordsPerBatch: RECORDS_PER_BATCH, job: more }),
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

  const upserts = async (onLateRow: object) => {
    const output = await cluster.createTopic();
    const job = await run(SPEND_BY_USER.query, { topic: output, key: ['user', 'window_start'] }, 'update', {
      onLateRow,
    });
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
    const logs = await job.logs();
    const late = await answerOf(LATE, await readTopic(cluster.kafka, topic), logs);
    const counted = logs.commits.flatMap(({ counts }) => Object.values(counts.lateByOperator));
    assert.ok(late.length > 0, 'there are late rows');
    assert.equal(
      counted.reduce((sum, rows) => sum + rows, 0),
      late.length,
    );
    return late.map(({ user, ms, amount }) => [user, Number(ms), Number(amount)]).toSorted();
  };

  await cluster.part('windows kept up to date in a topic, late rows counted and kept in files', async () => {
    const file = join(cluster.folder, 'late');
    const late = await upserts({ deadLetter: { file } });
    assert.deepEqual(fileSinkLines(file).map(lateRow).toSorted(), late);
  });

  await cluster.part('late rows kept in a topic', async () => {
    const kept = await cluster.createTopic();
    const late = await upserts({ deadLetter: { topic: kept } });
    const values = (await readTopic(cluster.kafka, kept)).map(({ value }) => String(value));
    assert.deepEqual(values.map(lateRow).toSorted(), late);
  });

  await cluster.part('the complete result of each batch', async () => {
    const path = join(cluster.folder, 'complete');
    const job = await run(TOTALS_BY_COUNTRY.query, { type: 'file', path }, 'complete');
    await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), TOTALS_BY_COUNTRY.query);
  });
});
