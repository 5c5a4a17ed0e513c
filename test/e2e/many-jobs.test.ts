import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import { paymentJob, SPEND_BY_USER, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { textRowOf } from './support/rows.ts';
import { readKafkaTable } from './support/sinks.ts';

const JOBS = [
  { ...SPEND_BY_USER, key: ['user', 'window_start'] },
  { ...TOTALS_BY_COUNTRY, answer: TOTALS_BY_COUNTRY.query, key: ['country'] },
];

test('five jobs share two executors', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 40, records: 60_000, partitions: 4, disorderMs: 8_000 }));
  const running = await Promise.all(
    Array.from({ length: 5 }, async (_, index) => {
      const { query, answer, key } = JOBS[index % JOBS.length]!;
      const output = await cluster.createTopic();
      const options = { topic, sink: { topic: output, key }, outputMode: 'update' as const, recordsPerBatch: 20_000 };
      return { job: await cluster.submit(paymentJob(query, options)), output, answer };
    }),
  );
  for (const { job, output, answer } of running) {
    await job.untilFinished();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), answer);
  }
  const { stdout } = await cluster.cli('jobs', '--json');
  assert.equal(stdout.match(/"status":"finished"/g)?.length, running.length, stdout);
});

test('the state of a job can be asked in SQL', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 41, records: 60_000, partitions: 4 }));
  const query = 'SELECT "user", count(*) AS payments FROM payments GROUP BY "user"';
  const sink = { type: 'noop' };
  const job = await cluster.submit(paymentJob(query, { topic, sink, outputMode: 'update', recordsPerBatch: 20_000 }));
  await job.untilFinished();

  const ask = async (...sql: string[]) => {
    const { code, stdout, stderr } = await cluster.cli('state', job.id, ...sql, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as {
      batchId: number;
      columns: string[];
      rows: (string | number)[][];
      truncated: boolean;
    };
  };
  const { rows: tables } = await ask();
  const [[table, rows] = []] = tables;
  assert.equal(tables.length, 1);
  assert.ok(Number(rows) > 0);

  const { rows: described } = await ask(`SELECT column_name FROM (DESCRIBE ${table})`);
  const columns = described.flat().filter((name) => !String(name).startsWith('__partition'));
  assert.equal(columns.length, 2, String(columns));
  const answer = await ask(`SELECT ${columns.map((name) => `"${name}"`).join(', ')} FROM ${table}`);
  assert.equal(answer.batchId, (await job.logs()).commits.at(-1)?.batchId);
  const seen = answer.rows.map(([user, count]) => textRowOf(JSON.stringify({ user, payments: count })));
  await job.expectEqualsDuckDb(seen, query);
});
