import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JOB, NOW_MS, PROGRESS, startFakeDriver } from '../support/fake-driver.ts';
import { runCommand } from '../support/run-command.ts';

const FAILED = {
  ...JOB,
  jobId: 'broken',
  status: 'failed',
  lastBatch: -1,
  failure: { code: 'QUERY_FAILED', domain: 'user', retry: 'none', message: 'overflow in sum', hint: 'cast it' },
};

test('jobs lists them in a table, failures below', async (t) => {
  const driver = await startFakeDriver(t, { ListJobs: async () => ({ jobs: [JOB, FAILED] }) });
  const { code, stdout, stderr } = await runCommand(['jobs', '--driver', driver]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    stdout,
    [
      'JOB     STATUS   BATCH   RECORDS    LAG  SUBMITTED',
      'spend   running     12  1.24 M/s  3,200  1 min ago',
      'broken  failed       –         –  3,200  1 min ago',
      '',
      'broken: overflow in sum',
      '',
    ].join('\n'),
  );
});

test('jobs --json is one object of a stable shape', async (t) => {
  const driver = await startFakeDriver(t, { ListJobs: async () => ({ jobs: [JOB, FAILED] }) });
  const { stdout } = await runCommand(['jobs', '--json'], { env: { MILLRACE_DRIVER: driver } });
  assert.deepEqual(JSON.parse(stdout), {
    jobs: [
      {
        jobId: 'spend',
        status: 'running',
        lastBatch: 12,
        submittedAt: new Date(NOW_MS - 90_000).toISOString(),
        lagRecords: 3200,
        recordsPerSecond: 1_240_000,
        failure: null,
      },
      {
        jobId: 'broken',
        status: 'failed',
        lastBatch: null,
        submittedAt: new Date(NOW_MS - 90_000).toISOString(),
        lagRecords: 3200,
        recordsPerSecond: 1_240_000,
        failure: { code: 'QUERY_FAILED', message: 'overflow in sum', hint: 'cast it' },
      },
    ],
  });
});

test('jobs --quiet has names alone, for scripts and completion', async (t) => {
  const driver = await startFakeDriver(t, { ListJobs: async () => ({ jobs: [JOB, FAILED] }) });
  assert.equal((await runCommand(['jobs', '-q', '--driver', driver])).stdout, 'spend\nbroken\n');
});

const WRONG = {
  ...{ badRecords: 5, badByReason: { nullValue: 1, malformed: 4 }, nullFields: 2 },
  ...{ lateRows: 3, lateByOperator: { aggregate_1: 3 } },
};

test('describe shows status, last batch, partitions, state and spec', async (t) => {
  const driver = await startFakeDriver(t, {
    DescribeJob: async ({ jobId }) => ({
      summary: { ...JOB, jobId },
      specYaml: 'name: spend\n',
      planJson: '{"hash":"abc"}',
      lastProgress: { ...PROGRESS, counts: { ...PROGRESS.counts, ...WRONG } },
      totals: { recordsIn: 9_000_000, badRecords: 70, badByReason: { wrongType: 70 } },
      restarts: 2,
      state: PROGRESS.state ?? [],
      tables: [
        {
          ...{ table: 'rates', origin: 'postgres', version: 'ab'.repeat(32), rows: 12_000, bytes: 75_300 },
          ...{ loadedMs: NOW_MS - 120_000, checkedMs: NOW_MS - 60_000, failures: 3 },
          failure: { code: 'TABLE_UNAVAILABLE', message: 'the table rates cannot be read: no answer' },
        },
      ],
    }),
  });
  const { code, stdout } = await runCommand(['describe', 'spend', '--driver', driver]);
  assert.equal(code, 0);
  assert.match(stdout, /^Job {9}spend\nStatus {6}running\nSubmitted {3}2026-01-02 03:02:35 \(1 min ago\)\n/);
  assert.match(stdout, /Restarts {4}2\n/);
  assert.match(stdout, /Phases +plan 1\.2 ms · dispatch 300 ms\n/);
  assert.match(stdout, /Late +3 rows \(aggregate_1 3\)\n +Bad +5 records \(malformed 4, nullValue 1\)\n/);
  assert.match(stdout, /Null fields +2\n/);
  assert.match(
    stdout,
    /Since this driver leads\n +Read +9,000,000 records, 0 B\n[\s\S]* +Bad +70 records \(wrongType 70\)\n/,
  );
  assert.match(stdout, /transactions {2}transactions {10}0 {2}400,000 {2}403,200 {2}3,200\n/);
  assert.match(stdout, /aggregate_1 {2}20,000 {2}1\.5 MB {6}3 {2}75\.3 kB\n/);
  assert.match(stdout, /rates {2}postgres {2}abababababab {2}12,000 {2}75\.3 kB {2}2 min ago {2}1 min ago {9}3\n/);
  assert.match(stdout, /rates: the table rates cannot be read: no answer \(TABLE_UNAVAILABLE\)\n/);
  assert.match(stdout, /Spec\n {2}name: spend\n$/);
  const { stdout: json } = await runCommand(['describe', 'spend', '--json', '--driver', driver]);
  const described = JSON.parse(json) as Record<string, unknown>;
  assert.deepEqual(described.plan, { hash: 'abc' });
  assert.equal(described.jobId, 'spend');
  assert.equal((described.totals as { badRecords: number }).badRecords, 70);
});

test('executors lists them with lanes, memory and heartbeat', async (t) => {
  const executor = {
    executorId: 'executor-1',
    incarnation: 'x',
    address: '10.0.0.1:7070',
    status: 'alive',
    lanes: 4,
    busyLanes: 3,
    residentBytes: 734_000_000,
    lastHeartbeatMs: NOW_MS - 400,
    tasksDone: 12_345,
    tasksFailed: 1,
  };
  const driver = await startFakeDriver(t, { ListExecutors: async () => ({ executors: [executor] }) });
  const { stdout } = await runCommand(['executors', '--driver', driver]);
  assert.equal(
    stdout,
    [
      'EXECUTOR    STATUS  ADDRESS        LANES  MEMORY    DONE  FAILED  SEEN',
      'executor-1  alive   10.0.0.1:7070    3/4  734 MB  12,345       1  just now',
      '',
    ].join('\n'),
  );
});
