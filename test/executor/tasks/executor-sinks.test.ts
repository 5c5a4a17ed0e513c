import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { committedBatches, connectKafka, readRecords } from '@millrace/shared/kafka';
import { call } from '@millrace/shared/rpc';
import type { OutputSpec } from '@millrace/shared/spec';
import { sharedServers } from '../../servers/index.ts';
import { compileTestJob, rangeOf, startTestExecutor, topicOf } from './executor-fixture.ts';

const line = (k: string, v: number) => JSON.stringify({ k, v });

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-out-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Waits for `atLeast` values. */
async function valuesOf(t: TestContext, topic: string, atLeast = 0): Promise<string[]> {
  const { kafkaBrokers: brokers } = await sharedServers();
  const client = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  t.after(() => client.close());
  const wants = [{ topic, partition: 0, offset: 0, bytesMax: 1e6 }];
  const limits = { waitMaxMs: atLeast > 0 ? 10_000 : 0, bytesMin: atLeast > 0 ? 1 : 0, bytesMax: 1e6 };
  const [fetched] = await client.fetch(wants, limits);
  return [...committedBatches(fetched!.records, fetched!.abortedTransactions)].flatMap((batch) =>
    [...readRecords(batch)].map(({ value }) => String(value)),
  );
}

test('rows go to a Kafka topic as JSON', async (t) => {
  const topic = await topicOf(t, [[line('a', 1), line('b', 2)]]);
  const { kafkaBrokers: brokers } = await sharedServers();
  const sinkTopic = await topicOf(t, [[]]);
  const connection = { brokers, ssl: false, sasl: null };
  const sink = {
    type: 'kafka' as const,
    connection,
    topic: sinkTopic,
    keyColumns: ['k'],
    headers: {},
    compression: 'zstd' as const,
    delivery: { kind: 'atLeastOnce' as const },
  };
  const job = await compileTestJob(t, { topic, query: 'SELECT k, v * 2 AS w FROM s', sink });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const { outputs } = await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 2)] });
  assert.deepEqual(
    outputs.map(({ rows, detailJson }) => [rows, detailJson]),
    [[2, '']],
  );
  assert.deepEqual(
    (await valuesOf(t, sinkTopic)).map((text) => JSON.parse(text)),
    [
      { k: 'a', w: 2 },
      { k: 'b', w: 4 },
    ],
  );
});

test('rows and dead letters go to files that publish makes visible', async (t) => {
  const [path, dead] = [await folder(t), await folder(t)];
  const topic = await topicOf(t, [[line('a', 1), 'not json', line('b', 2), null]]);
  const onBadRecord = { kind: 'deadLetter' as const, target: { kind: 'file' as const, path: dead } };
  const sink = { type: 'file' as const, path, format: 'ndjson' as const, partitionBy: [] };
  const job = await compileTestJob(t, { topic, query: 'SELECT k, v FROM s', sink, onBadRecord });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const { outputs, counts } = await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 4)] });
  assert.deepEqual([counts?.badRecords, counts?.badByReason], [2, { notObject: 1, nullValue: 1 }]);
  assert.deepEqual(outputs.map(({ sink: name }) => name).toSorted(), ['deadLetter:s', 'output']);
  assert.deepEqual(await readdir(path), ['_staging']);
  await call(executor.client, 'Publish', { jobId: job.jobId, driverEpoch: 1, batchId: 0, outputs });
  const read = async (at: string) => {
    const [file] = await readdir(join(at, 'batch=000000000000'));
    const text = await readFile(join(at, 'batch=000000000000', file!), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row) as Record<string, unknown>);
  };
  assert.deepEqual(await read(path), [
    { k: 'a', v: 1 },
    { k: 'b', v: 2 },
  ]);
  const letters = await read(dead);
  assert.deepEqual(
    letters.map(({ topic: from, partition, offset, batch, reason }) => [from, partition, offset, batch, reason]),
    [
      [topic, 0, 1, 0, 'notObject'],
      [topic, 0, 3, 0, 'nullValue'],
    ],
  );
  assert.equal(Buffer.from(String(letters[0]!.value), 'base64').toString(), 'not json');
  assert.equal(letters[1]!.value, null);
});

test('dead letters go to a topic', async (t) => {
  const topic = await topicOf(t, [[line('a', 1), 'bad']]);
  const deadTopic = await topicOf(t, [[]]);
  const onBadRecord = { kind: 'deadLetter' as const, target: { kind: 'topic' as const, topic: deadTopic } };
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' }, onBadRecord });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const { outputs } = await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 2)] });
  assert.deepEqual(await valuesOf(t, deadTopic), []);
  await call(executor.client, 'Publish', { jobId: job.jobId, driverEpoch: 1, batchId: 0, outputs });
  const [letter] = (await valuesOf(t, deadTopic, 1)).map(
    (text) => JSON.parse(text) as { offset: number; reason: string },
  );
  assert.equal(letter?.offset, 1);
  assert.notEqual(letter?.reason, '');
});

test('a batch that is given up takes its staged files with it', async (t) => {
  const path = await folder(t);
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, {
    topic,
    query: 'SELECT k FROM s',
    sink: { type: 'file', path, format: 'parquet', partitionBy: [] },
  });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 1)] });
  assert.equal((await readdir(join(path, '_staging', job.jobId))).length, 1);
  await call(executor.client, 'AbortBatch', { jobId: job.jobId, driverEpoch: 1, batchId: 0 });
  assert.equal((await readdir(join(path, '_staging', job.jobId))).length, 0);
});

test('rows of several outputs go to their sinks, each counted and published under its name', async (t) => {
  const path = await folder(t);
  const topic = await topicOf(t, [[line('a', 1), line('b', 2), line('c', 3)]]);
  const others: OutputSpec[] = [
    {
      name: 'shown',
      query: 'SELECT k FROM s WHERE v > 1',
      sink: { type: 'console', rowsMax: 9 },
      outputMode: 'append',
    },
    { name: 'none', query: 'SELECT v FROM s WHERE v > 5', sink: { type: 'noop' }, outputMode: 'append' },
  ];
  const sink = { type: 'file', path, format: 'ndjson', partitionBy: [] as string[] } as const;
  const job = await compileTestJob(t, { topic, query: 'SELECT v FROM s', sink, others });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const { outputs, counts } = await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 3)] });
  assert.deepEqual([counts?.rowsOut, counts?.rowsByOutput], [5, { main: 3, shown: 2, none: 0 }]);
  assert.deepEqual(outputs.map(({ sink: name }) => name).toSorted(), ['output:main', 'output:none', 'output:shown']);
  const { text } = await call(executor.client, 'Publish', { jobId: job.jobId, driverEpoch: 1, batchId: 0, outputs });
  assert.match(text, /Batch: 0 of shown/);
  assert.equal((await readdir(join(path, '_manifest'))).length, 1);
});

test('files of partitions lie in folders of their values', async (t) => {
  const path = await folder(t);
  const topic = await topicOf(t, [[line('a/b', 1), line('c', 2), line('a/b', 3)]]);
  const sink = { type: 'file', path, format: 'ndjson', partitionBy: ['k'] as string[] } as const;
  const job = await compileTestJob(t, { topic, query: 'SELECT k, v FROM s', sink });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const { outputs } = await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 3)] });
  await call(executor.client, 'Publish', { jobId: job.jobId, driverEpoch: 1, batchId: 0, outputs });
  const file = (partition: string) => join(path, partition, 'batch=000000000000', 'part-s0-00000.ndjson');
  assert.equal(await readFile(file('k=a%2Fb'), 'utf8'), '{"v":1}\n{"v":3}\n');
  assert.equal(await readFile(file('k=c'), 'utf8'), '{"v":2}\n');
});

test('an attempt that cannot write one output leaves nothing of the others', async (t) => {
  const path = await folder(t);
  await writeFile(join(path, 'file'), '');
  const topic = await topicOf(t, [[line('a', 1)]]);
  const nowhere = {
    type: 'file',
    path: join(path, 'file', 'out'),
    format: 'ndjson',
    partitionBy: [] as string[],
  } as const;
  const others: OutputSpec[] = [{ name: 'bad', query: 'SELECT k FROM s', sink: nowhere, outputMode: 'append' }];
  const good = join(path, 'good');
  const sink = { type: 'file', path: good, format: 'ndjson', partitionBy: [] as string[] } as const;
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink, others });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const task = executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 1)] });
  await assert.rejects(task, { code: 'SINK_UNAVAILABLE' });
  assert.deepEqual(await readdir(join(good, '_staging', job.jobId)), []);
});

test('a bad record fails the task where the source says so', async (t) => {
  const topic = await topicOf(t, [[line('a', 1), 'bad']]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const task = executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 2)] });
  await assert.rejects(task, { code: 'BAD_RECORD' });
});

test('closing a job frees its folder; the health server tells of the work done', async (t) => {
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const scratch = await folder(t);
  const executor = await startTestExecutor(t, { input: { health: { host: '127.0.0.1', port: 0 }, scratch } });
  await executor.open(job);
  await executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 1)] });
  const metrics = await (await fetch(`http://127.0.0.1:${executor.healthPort}/metrics`)).text();
  assert.match(metrics, /millrace_tasks_total\{kind="source",outcome="ok",role="executor"\} 1/);
  assert.match(metrics, /millrace_task_phase_seconds_count\{[^}]*phase="fetch"[^}]*\} 1/);
  const jobFolders = async () =>
    (await readdir(scratch, { recursive: true })).filter((name) => name.endsWith(job.jobId));
  assert.equal((await jobFolders()).length, 1);
  await call(executor.client, 'CloseJob', { jobId: job.jobId, driverEpoch: 1 });
  assert.equal((await jobFolders()).length, 0);
  const task = executor.runTask(job, { batchId: 1, stage: 0, ranges: [rangeOf(topic, 0, 0, 1)] });
  await assert.rejects(task, { code: 'JOB_NOT_OPEN' });
});
