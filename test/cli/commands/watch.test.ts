import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { JOB, NOW_MS, PROGRESS, startFakeDriver, watchOf } from '../support/fake-driver.ts';
import { runCommand } from '../support/run-command.ts';

const LOST = { kind: 'executorLost', text: 'executor-2 has not been heard of for 3 s', atMs: NOW_MS };
const FINISHED = { job: { ...JOB, status: 'finished' } };

test('off a terminal each status, batch, event and console output is a line', async (t) => {
  const driver = await startFakeDriver(t, {
    Watch: watchOf([
      { job: JOB },
      { job: JOB, progress: PROGRESS, sinkText: 'user total\na    1\n' },
      { task: LOST },
      FINISHED,
    ]),
  });
  const { code, stdout, stderr } = await runCommand(['watch', 'spend', '--driver', driver]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    stdout,
    [
      'spend is running',
      'batch 12       400 k in    10 k out    350 ms   1.14 M/s  lag 3,200  watermark 2026-01-02 03:03:55  3 late  1 retried',
      'user total',
      'a    1',
      '03:04:05  executor lost      executor-2 has not been heard of for 3 s',
      'spend is finished',
      '',
    ].join('\n'),
  );
});

test('--json is NDJSON with a type on every line', async (t) => {
  const driver = await startFakeDriver(t, {
    Watch: watchOf([{ job: JOB, progress: PROGRESS }, { task: LOST }, FINISHED]),
  });
  const { stdout } = await runCommand(['watch', 'spend', '--json', '--driver', driver]);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['status', 'batch', 'task', 'status'],
  );
  assert.deepEqual(lines[1]!.phasesMs, { plan: 1.2, dispatch: 300 });
  assert.equal(lines[1]!.watermark, new Date(NOW_MS - 10_000).toISOString());
});

test('a terminal gets a panel that is drawn in place and fits into the width', async (t) => {
  const driver = await startFakeDriver(t, {
    Watch: watchOf([{ job: JOB, progress: PROGRESS }, { task: LOST }, FINISHED]),
  });
  const { stdout } = await runCommand(['watch', 'spend', '--driver', driver], {
    terminal: true,
    env: { NO_COLOR: '1' },
  });
  assert.match(stdout, /spend {2}running {2}batch 12\nthroughput {2}1\.24 M\/s +█\n/);
  assert.match(stdout, /watermark {3}2026-01-02 03:03:55 UTC, 10 s behind now\n/);
  assert.ok(stdout.includes('\u001b[8A\r\u001b[J03:04:05  executor lost'), 'events scroll away above the panel');
  assert.ok(!stdout.includes('\u001b[31m'), 'no colours');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is being removed
  for (const line of stdout.split('\n')) assert.ok(line.replace(/\u001b\[[^a-zA-Z]*[a-zA-Z]/g, '').length <= 100, line);
});

test('a job that fails makes the exit code 1 and says why', async (t) => {
  const failure = {
    code: 'BAD_RECORD',
    domain: 'user',
    retry: 'none',
    message: 'offset 7 is no JSON',
    hint: 'drop it',
  };
  const driver = await startFakeDriver(t, { Watch: watchOf([{ job: { ...JOB, status: 'failed', failure } }]) });
  const { code, stderr } = await runCommand(['watch', 'spend', '--driver', driver]);
  assert.deepEqual([code, stderr], [1, 'error: offset 7 is no JSON\nhint:  drop it\n']);
});

test('leaving is no failure and says that the job goes on', async (t) => {
  const driver = await startFakeDriver(t, { Watch: watchOf([{ job: JOB }]) });
  const leave = new AbortController();
  const { code, stderr } = await runCommand(['watch', 'spend', '--driver', driver], {
    signal: leave.signal,
    onStdout: () => leave.abort(),
  });
  assert.equal(code, 0);
  assert.match(stderr, /the job goes on/);
});

test('a driver that goes away is asked again, and the watcher goes on where it is back', async (t) => {
  let calls = 0;
  const driver = await startFakeDriver(t, {
    async *Watch() {
      calls += 1;
      if (calls === 1) yield { job: JOB };
      if (calls === 2) throw new MillraceError('DRIVER_UNAVAILABLE', 'still away');
      if (calls === 3) yield FINISHED;
    },
  });
  const { code, stdout } = await runCommand(['watch', 'spend', '--driver', driver]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      'spend is running',
      'connection lost (the driver closed the stream); asking again',
      'the driver is back',
      'spend is finished',
      '',
    ].join('\n'),
  );
});

test('a job that is not there is exit code 5 at once', async (t) => {
  const driver = await startFakeDriver(t, {
    // biome-ignore lint/correctness/useYield: it fails before it has anything to send
    async *Watch() {
      throw new MillraceError('JOB_UNKNOWN', "there is no job 'spend'");
    },
  });
  assert.equal((await runCommand(['watch', 'spend', '--driver', driver])).code, 5);
});
