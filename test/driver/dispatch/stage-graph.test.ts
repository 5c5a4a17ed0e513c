// A driver and two executors over a plan of four stages that no query compiles to yet: batches are run, committed and
// published as always.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Progress, TaskInput } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import { createLogger } from '@millrace/shared/logging';
import { HASH_VERSION } from '@millrace/shared/plan';
import { parseSpec } from '@millrace/shared/spec';
import { createMemoryStore } from '@millrace/shared/store';
import { createExecutorRegistry } from '../../../driver/src/dispatch/executor-registry.ts';
import { createLaneSlots } from '../../../driver/src/dispatch/lane-slots.ts';
import { runJob } from '../../../driver/src/jobs/job-run.ts';
import type { FailedAttempt, JobEvents } from '../../../driver/src/progress/job-events.ts';
import { readFileSink } from '../../e2e/support/sinks.ts';
import { SPREAD_QUERY, spreadOfTotals } from '../../executor/lanes/graph-plan.ts';
import { startTestExecutor, topicOf } from '../../executor/tasks/executor-fixture.ts';
import { sharedServers } from '../../servers/index.ts';
import { aJob } from '../../shared/store/samples.ts';
import { mortalTransport } from './mortal-transport.ts';

const PAYMENTS = 30_000;
const REFUNDS = 12_000;
/** Enough for state in every lane, from the first batch on. */
const RECORDS_PER_BATCH = 15_000;
const USERS = 3_000;
const PARTITIONS = 2;

type Row = { user: string; amount: number };

const rows = (count: number, amountOf: (i: number) => number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ user: `u${(i * 17) % USERS}`, amount: amountOf(i) }));
const payments = rows(PAYMENTS, (i) => (i % 7) + 1);
const refunds = rows(REFUNDS, (i) => (i % 5) + 3);

const partitionsOf = (all: readonly Row[]) =>
  Array.from({ length: PARTITIONS }, (_, partition) =>
    all.filter((_, i) => i % PARTITIONS === partition).map((row) => JSON.stringify(row)),
  );

async function answer(): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const [name, all] of Object.entries({ payments, refunds })) {
    const values = all.map(({ user, amount }) => `('${user}', ${amount})`).join(', ');
    await connection.run(`CREATE TABLE ${name} AS SELECT * FROM (VALUES ${values}) AS v("user", amount)`);
  }
  const reader = await connection.runAndReadAll(SPREAD_QUERY('payments', 'refunds'));
  connection.closeSync();
  return reader.getRowsJson().map(([total, users]) => `${Number(total)}: ${users}`);
}

/** Runs the whole input through two executors of one lane; `onReply` may kill one. */
async function runSpread(
  t: TestContext,
  onReply: (task: { executor: string; stage: string; batch: number }, kill: (executor: string) => void) => void,
) {
  const { kafkaBrokers } = await sharedServers();
  const [paid, refunded] = [await topicOf(t, partitionsOf(payments)), await topicOf(t, partitionsOf(refunds))];
  const folder = mkdtempSync(join(tmpdir(), 'millrace-graph-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const source = (topic: string) =>
    `{ type: kafka, brokers: ${JSON.stringify(kafkaBrokers)}, topic: ${topic}, columns: { user: VARCHAR, amount: BIGINT } }`;
  const parsed = parseSpec(
    `{ name: spread, sources: { payments: ${source(paid)}, refunds: ${source(refunded)} }, query: by hand, ` +
      `sink: { type: file, path: ${folder} }, trigger: availableNow, limits: { recordsPerBatch: ${RECORDS_PER_BATCH} } }`,
    'spread.yaml',
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const store = createMemoryStore();
  const log = createLogger({ name: 'test', level: 'silent' });
  const { transport, kill } = mortalTransport((executor, method, request) => {
    const { id } = request as TaskInput;
    if (method === 'RunTask') onReply({ executor, stage: id?.stage ?? '', batch: Number(id?.batchId) }, kill);
  });
  const registry = createExecutorRegistry({ clock: systemClock, transport, hashVersion: HASH_VERSION });
  t.after(() => registry.close());
  for (const executorId of ['one', 'two']) {
    const deps = { blobs: store.blobs, transport };
    const { incarnation, address } = await startTestExecutor(t, { input: { lanes: 1 }, deps });
    registry.register({ executorId, incarnation, address, lanes: 1, hashVersion: HASH_VERSION, version: '0' });
  }
  const failed: FailedAttempt[] = [];
  const batches: Progress[] = [];
  const noteFailure = (attempt: FailedAttempt) => void failed.push(attempt);
  const deps = {
    ...{ ...store, registry, slots: createLaneSlots(registry), clock: systemClock, random: Math.random, log },
    compile: async () => ({ spec: parsed.spec, plan: spreadOfTotals() }),
    connectKafka: (connection: Parameters<typeof connectKafka>[0]) =>
      connectKafka(connection, { clientId: 'test', clock: systemClock }),
    loader: { load: noTables, check: noTables },
    events: { ...SILENT, attemptFailed: noteFailure, progress: (batch: Progress) => void batches.push(batch) },
  };
  const job = aJob();
  await store.commits.createJob(job);
  const { signal } = new AbortController();
  const takeover = await store.commits.takeOver(job.jobId);
  await runJob(deps, takeover, { signal, stopping: signal }, async () => {});
  const written = await readFileSink(folder, 'ndjson');
  const sumOf = (name: 'recordsIn' | 'rowsOut') => batches.reduce((sum, { counts }) => sum + (counts?.[name] ?? 0), 0);
  assert.deepEqual([sumOf('recordsIn'), sumOf('rowsOut')], [PAYMENTS + REFUNDS, written.length]);
  const table = new Map(written.map(({ total, users }) => [Number(total), users]));
  const shown = [...table].filter(([, users]) => users !== '0').map(([total, users]) => `${total}: ${users}`);
  return { shown, failed, ...(await store.commits.read(job.jobId)) };
}

const noTables = () => Promise.reject(new Error('the job has no tables'));

const SILENT: JobEvents = {
  progress: () => {},
  sinkText: () => {},
  attemptFailed: () => {},
  secondAttempt: () => {},
  poison: () => {},
  tables: () => {},
  tableLooked: () => {},
  waits: () => {},
  goesOn: () => {},
  blocked: () => {},
};

test('two sources, two stages with state: the output adds up to the answer of DuckDB', async (t) => {
  const ran = new Map<string, number>();
  const { shown, failed, lastCommit } = await runSpread(t, ({ stage, batch }) => {
    ran.set(`${stage} of ${batch}`, (ran.get(`${stage} of ${batch}`) ?? 0) + 1);
  });
  assert.deepEqual(failed, []);
  assert.deepEqual(shown.sort(), (await answer()).sort());
  assert.ok(lastCommit!.batchId >= 2);
  for (const batch of [0, 1, 2]) {
    const tasks = ['s0', 's1', 's2', 's3'].map((stage) => ran.get(`${stage} of ${batch}`));
    assert.deepEqual(tasks, [1, 1, 2, 2], `tasks of batch ${batch}`);
  }
});

type Death = { title: string; stage: string; done: number; who: 'first' | 'other'; again: Record<string, number> };

const DEATHS: Death[] = [
  {
    title: 'between the two stages with state: what it held is made again',
    ...{ stage: 's2', done: 2, who: 'first' },
    again: { s2: 3, s3: 2 },
  },
  {
    title: 'in the last stage: so is what another has made of it',
    ...{ stage: 's3', done: 1, who: 'other' },
    again: { s2: 3, s3: 3 },
  },
];

for (const { title, stage, done, who, again } of DEATHS) {
  test(`an executor dies ${title}`, async (t) => {
    const seen = new Set<string>();
    const ran: { stage: string; executor: string }[] = [];
    const { shown, failed, state } = await runSpread(t, (task, kill) => {
      seen.add(task.executor);
      if (task.batch !== 1) return;
      ran.push(task);
      const here = ran.filter((one) => one.stage === stage);
      if (task.stage !== stage || here.length !== done) return;
      const first = here[0]!.executor;
      kill(who === 'first' ? first : [...seen].find((executor) => executor !== first)!);
    });
    const codes = new Set(failed.map(({ error }) => error.code));
    assert.deepEqual(
      [...codes].filter((code) => code !== 'EXECUTOR_LOST' && code !== 'BLOCK_LOST'),
      [],
    );
    for (const [id, least] of Object.entries(again)) {
      const times = ran.filter((one) => one.stage === id).length;
      assert.ok(times >= least, `${id} was done ${times} times`);
    }
    assert.deepEqual(shown.sort(), (await answer()).sort());
    for (const { batchId, operatorId } of state) {
      const same = state.filter((other) => other.batchId === batchId && other.operatorId === operatorId);
      const named = same.flatMap(({ partitions }) => partitions);
      assert.equal(new Set(named).size, named.length, `state of ${operatorId} is named twice for batch ${batchId}`);
    }
  });
}
