import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { JOB, startFakeDriver } from '../support/fake-driver.ts';
import { runCommand } from '../support/run-command.ts';

test('stop, cancel and restart ask for their own change and show what came of it', async (t) => {
  const asked: string[] = [];
  const reply = (method: string, status: string) => async (request: { jobId: string }) => {
    asked.push(`${method} ${request.jobId}`);
    return { job: { ...JOB, status } };
  };
  const driver = await startFakeDriver(t, {
    StopJob: reply('StopJob', 'stopping'),
    CancelJob: reply('CancelJob', 'stopped'),
    RestartJob: reply('RestartJob', 'starting'),
  });
  for (const [command, status] of [
    ['stop', 'stopping'],
    ['cancel', 'stopped'],
    ['restart', 'starting'],
  ] as const) {
    const { code, stdout } = await runCommand([command, 'spend', '--driver', driver]);
    assert.deepEqual([code, stdout], [0, `spend is ${status}, last batch 12\n`]);
  }
  assert.deepEqual(asked, ['StopJob spend', 'CancelJob spend', 'RestartJob spend']);
});

const OUTCOME = {
  title: 'aggregate count(*) by country',
  view: 'totals',
  output: '',
  keys: ['country'],
  rows: 1_200,
  bytes: 75_300,
};
const OUTCOMES = [
  { ...OUTCOME, fate: 'kept', operator: 'aggregate_1', reason: '' },
  { ...OUTCOME, fate: 'lost', operator: 'aggregate_2', view: '', rows: 1, bytes: 90, reason: 'no longer in the query' },
];

test('restart under another spec shows what becomes of the state', async (t) => {
  const asked: unknown[] = [];
  const driver = await startFakeDriver(t, {
    RestartJob: async (request) => {
      asked.push(request);
      return { job: { ...JOB, status: 'starting' }, state: OUTCOMES };
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-change-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'spend.yaml');
  writeFileSync(file, 'name: spend');
  const args = ['restart', 'spend', '--driver', driver, '--spec', file];
  const lines =
    'kept  aggregate count(*) by country in view totals: 1,200 rows, 75.3 kB stored\n' +
    'lost  aggregate count(*) by country: 1 row, 90 B stored; no longer in the query\n';
  assert.equal(
    (await runCommand([...args, '--allow-state-loss'])).stdout,
    `${lines}spend is starting, last batch 12\n`,
  );
  assert.equal(
    (await runCommand([...args, '--dry-run', '--allow-state-loss'])).stdout,
    `${lines}valid: spend could go on, without that state\n`,
  );
  const { jobId, dryRun, state } = JSON.parse((await runCommand([...args, '--json'])).stdout);
  assert.deepEqual([jobId, dryRun], ['spend', false]);
  assert.deepEqual(state, [
    { ...OUTCOMES[0], output: null },
    { ...OUTCOMES[1], view: null, output: null },
  ]);
  const common = { jobId: 'spend', specText: 'name: spend', fileName: file };
  assert.deepEqual(asked, [
    { ...common, allowStateLoss: true, dryRun: false },
    { ...common, allowStateLoss: true, dryRun: true },
    { ...common, allowStateLoss: false, dryRun: false },
  ]);
  for (const wrong of [['--dry-run'], ['--spec', file, '--dry-run', '--follow']])
    assert.equal((await runCommand(['restart', 'spend', ...wrong, '--driver', driver])).code, 2);
});

test('delete asks on a terminal, and does nothing without a yes', async (t) => {
  let deleted = 0;
  const driver = await startFakeDriver(t, {
    DeleteJob: async () => {
      deleted += 1;
      return { job: JOB };
    },
  });
  const args = ['delete', 'spend', '--driver', driver];
  assert.deepEqual(await runCommand(args, { answer: 'n' }), { code: 1, stdout: 'nothing was deleted\n', stderr: '' });
  assert.equal(deleted, 0);
  assert.equal((await runCommand(args, { answer: 'y' })).stdout, 'spend is deleted\n');
  assert.equal((await runCommand([...args, '--yes', '--json'])).stdout, '{"jobId":"spend","deleted":true}\n');
  assert.equal(deleted, 2);
});

test('delete without a terminal and without --yes is wrong usage and reaches no driver', async () => {
  const { code, stderr } = await runCommand(['delete', 'spend', '--driver', '127.0.0.1:1']);
  assert.equal(code, 2);
  assert.match(stderr, /hint: {2}add --yes/);
});

test('errors have exit codes, a hint and no stack', async (t) => {
  const unknown = new MillraceError('JOB_UNKNOWN', "there is no job 'spent'");
  const conflict = new MillraceError('JOB_STATUS_CONFLICT', 'spend is running', { hint: 'stop it first' });
  const driver = await startFakeDriver(t, {
    StopJob: () => Promise.reject(unknown),
    RestartJob: () => Promise.reject(conflict),
  });
  assert.deepEqual(await runCommand(['stop', 'spent', '--driver', driver]), {
    code: 5,
    stdout: '',
    stderr: "error: there is no job 'spent'\nhint:  `millrace jobs` lists the jobs of this driver\n",
  });
  assert.deepEqual(await runCommand(['restart', 'spend', '--driver', driver]), {
    code: 5,
    stdout: '',
    stderr: 'error: spend is running\nhint:  stop it first\n',
  });
  const { stderr } = await runCommand(['restart', 'spend', '--driver', driver, '--json']);
  assert.deepEqual(JSON.parse(stderr), {
    error: { code: 'JOB_STATUS_CONFLICT', message: 'spend is running', hint: 'stop it first', details: {} },
  });
  const verbose = await runCommand(['restart', 'spend', '--driver', driver, '--verbose']);
  assert.match(verbose.stderr, /code: {2}JOB_STATUS_CONFLICT\n[\s\S]* at /);
});

test('a driver that is not there is exit code 4 and says where it was looked for', async () => {
  const { code, stderr } = await runCommand(['jobs'], { env: { MILLRACE_DRIVER: '127.0.0.1:1' } });
  assert.equal(code, 4);
  assert.match(stderr, /^error: no driver answers at 127\.0\.0\.1:1\nhint: {2}start one/);
});

test('wrong usage is exit code 2', async () => {
  for (const args of [
    [],
    ['jbos'],
    ['jobs', '--jsn'],
    ['describe'],
    ['describe', 'a', 'b'],
    ['jobs', '--driver', 'here'],
  ]) {
    assert.equal((await runCommand(args)).code, 2, args.join(' '));
  }
  assert.match((await runCommand(['jbos'])).stderr, /Did you mean jobs\?/);
  assert.match((await runCommand(['jobs', '--driver', 'here'])).stderr, /--driver: 'here' is not an address/);
});
