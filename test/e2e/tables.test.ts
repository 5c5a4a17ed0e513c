import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openRedisBlobStore } from '@millrace/shared/store';
import { Kafka, logLevel } from 'kafkajs';
import { POSTGRES_PASSWORD, startPostgres } from '../servers/index.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { readFileSink } from './support/sinks.ts';
import type { TestJob } from './support/test-job.ts';

const QUERY = `SELECT o.id, r.rate, l.label FROM orders o LEFT JOIN rates r ON r.code = o.code LEFT JOIN labels l ON l.code = o.code`;
/** So that a test need not wait for versions. */
const OFTEN = '1s';

const orders = (ids: number[]) => [ids.map((id) => JSON.stringify({ id, code: id % 2 === 0 ? 'DE' : 'FR' }))];

async function openTables(t: TestContext, cluster: Cluster) {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const table = `rates_${randomUUID().slice(0, 8)}`;
  await postgres.run(
    `CREATE TABLE ${table} (code TEXT, rate NUMERIC); INSERT INTO ${table} VALUES ('DE', 1.5), ('FR', 2)`,
  );
  const kafka = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING });
  const labels = await cluster.createTopic(1);
  const producer = kafka.producer();
  await producer.connect();
  t.after(() => producer.disconnect());
  const label = (key: string, value: object | null) =>
    producer.send({ topic: labels, messages: [{ key, value: value && JSON.stringify(value) }] });
  await label('DE', { label: 'Deutschland' });
  await label('FR', { label: 'France' });
  const tables = {
    rates: {
      columns: { code: 'VARCHAR', rate: 'DECIMAL(10,2)' },
      postgres: { url: postgres.url, query: `SELECT code, rate FROM ${table}` },
      key: 'code',
      refreshInterval: OFTEN,
    },
    labels: {
      columns: { code: 'VARCHAR', label: 'VARCHAR' },
      kafka: { brokers: cluster.brokers, topic: labels },
      key: 'code',
      refreshInterval: OFTEN,
    },
  };
  const setRate = (code: string, rate: number) =>
    postgres.run(`UPDATE ${table} SET rate = ${rate} WHERE code = '${code}'`);
  return { postgres, tables, setRate, label };
}

const ordersJob = (topic: string, tables: object, path: string) => ({
  name: `job-${randomUUID().slice(0, 8)}`,
  sources: { orders: { topic, columns: { id: 'BIGINT', code: 'VARCHAR' } } },
  ...{ tables, query: QUERY, sink: { type: 'file', path }, restart: { backoff: '100ms' } },
});

type Described = {
  tables: { table: string; version: string; rows: number; failures: number; failure: { code: string } | null }[];
};

async function described(cluster: Cluster, job: TestJob): Promise<Described> {
  const { stdout, code } = await cluster.cli('describe', job.id, '--json');
  assert.equal(code, 0);
  assert.ok(!stdout.includes(POSTGRES_PASSWORD) && !stdout.includes(encodeURIComponent(POSTGRES_PASSWORD)));
  return JSON.parse(stdout) as Described;
}

async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonic() + 30_000;
  while (!(await is())) {
    assert.ok(systemClock.monotonic() < deadlineMs, `not within 30 s: ${what}`);
    await systemClock.delay(50);
  }
}

test('a replay reads the versions that its batch was logged with, the next batch those there are now', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const { tables, setRate, label } = await openTables(t, cluster);
  const topic = await cluster.createTopic(1);
  const path = join(cluster.folder, 'out');
  await cluster.produce(topic, orders([0, 1]));
  const paused = cluster.pauseAt({ method: 'RunTask', batch: 1, at: 'request' });
  const job = await cluster.submit(ordersJob(topic, tables, path));
  await job.untilCaughtUp();
  await cluster.produce(topic, orders([10, 11]));
  const held = await paused;
  const before = (await job.logs()).offsets.at(-1)!;
  assert.equal(before.batchId, 1);
  assert.deepEqual(
    before.tables?.map(({ table, rows }) => [table, rows]),
    [
      ['rates', 2],
      ['labels', 2],
    ],
  );
  await setRate('DE', 99);
  await label('FR', null);
  await label('DE', { label: 'Germany' });
  await cluster.killDriver();
  held.release();
  await cluster.startDriver();
  await job.untilCaughtUp();
  const { offsets, commits } = await job.logs();
  assert.deepEqual(offsets.at(-1), before, 'the intent stands as it was logged');
  assert.deepEqual(commits.at(-1)?.tables, before.tables);
  await until('both tables have new versions', async () =>
    (await described(cluster, job)).tables.every(
      ({ table, version }) => version !== before.tables?.find((one) => one.table === table)?.version,
    ),
  );
  await cluster.produce(topic, orders([20, 21]));
  await job.untilCaughtUp();
  assert.equal((await cluster.cli('stop', job.id)).code, 0);
  const rows = (await readFileSink(path, 'ndjson')).map(({ id, rate, label: text }) => [
    Number(id),
    Number(rate),
    text,
  ]);
  assert.deepEqual(
    rows.sort(([a], [b]) => Number(a) - Number(b)),
    [
      [0, 1.5, 'Deutschland'],
      [1, 2, 'France'],
      [10, 1.5, 'Deutschland'],
      [11, 2, 'France'],
      [20, 99, 'Germany'],
      [21, 2, null],
    ],
  );
  const blobs = await openRedisBlobStore(
    { url: cluster.redisUrl, namespace: cluster.namespace },
    { clock: systemClock },
  );
  t.after(() => blobs.close());
  assert.equal(
    (await Array.fromAsync(blobs.list(`${job.id}/`))).length,
    2,
    'only the versions of the last batch are kept',
  );
});

test('a database that goes away holds nothing up, and is told of', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const { postgres, tables } = await openTables(t, cluster);
  const topic = await cluster.createTopic(1);
  const path = join(cluster.folder, 'out');
  const job = await cluster.submit(ordersJob(topic, tables, path));
  await cluster.produce(topic, orders([0]));
  await job.untilCaughtUp();
  await postgres.kill();
  await until('the failure is told', async () => {
    const rates = (await described(cluster, job)).tables.find(({ table }) => table === 'rates')!;
    return rates.failures > 0 && rates.failure?.code === 'TABLE_UNAVAILABLE' && rates.rows === 2;
  });
  await cluster.produce(topic, orders([2]));
  await job.untilCaughtUp();
  const page = (await cluster.cli('describe', job.id)).stdout;
  assert.match(page, /rates +postgres +[0-9a-f]{12} +2/);
  assert.match(page, /rates: the table rates cannot be read.*TABLE_UNAVAILABLE/);
  assert.equal((await readFileSink(path, 'ndjson')).length, 2);
  const { code, stderr } = await cluster.cli('submit', join(cluster.folder, `${job.id}.json`), '--dry-run');
  assert.notEqual(code, 0);
  assert.match(stderr, /the table rates cannot be read/);
  assert.ok(!stderr.includes(encodeURIComponent(POSTGRES_PASSWORD)));
});
