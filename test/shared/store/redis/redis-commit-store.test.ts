import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '@millrace/shared/errors';
import { jobId } from '@millrace/shared/ids';
import { runScript } from '../../../../shared/src/store/redis/script-runner.ts';
import { startRedis } from '../../../servers/index.ts';
import { runBatch } from '../commit-store-contract.ts';
import { aJob, B, commitOf, E, JOB, offsetsOf, stateBlob } from '../samples.ts';
import { redisForTest } from './redis-for-test.ts';

test('the logs keep the last hundred batches', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  await commits.createJob(aJob());
  await commits.takeOver(JOB);
  for (let batch = 0; batch < 103; batch++) await runBatch(commits, 1, batch);
  for (const log of ['offsets', 'commits']) {
    const batches = (await raw.hkeys(`${namespace}:job:{${JOB}}:${log}`)).map(Number).toSorted((a, b) => a - b);
    assert.deepEqual([batches.length, batches[0], batches.at(-1)], [100, 3, 102]);
  }
  assert.deepEqual((await commits.takeOver(JOB)).lastCommit, commitOf(102));
});

test('scripts that Redis has forgotten are sent again', async (t) => {
  const { open, raw } = await redisForTest(t);
  const { commits } = await open();
  await commits.createJob(aJob());
  await raw.script('FLUSH');
  assert.equal((await commits.takeOver(JOB)).epoch, 1);
});

test('a job whose creator died before the index was written enters it when it is created again', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  await commits.createJob(aJob());
  await commits.takeOver(JOB);
  await raw.del(`${namespace}:jobs`);
  assert.deepEqual(await commits.listJobs(), [aJob()], 'the slot tells as well');
  await assert.rejects(commits.createJob(aJob({ submittedMs: 1 })), { code: 'JOB_EXISTS' });
  assert.deepEqual(await raw.hkeys(`${namespace}:jobs`), [JOB]);
});

test('a deleted job that its driver left in the index leaves it', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  await commits.createJob(aJob());
  await commits.createJob(aJob({ jobId: jobId('ghost') }));
  await commits.deleteJob(jobId('ghost'), E(0));
  await raw.hset(`${namespace}:jobs`, 'ghost', '0');
  assert.deepEqual(await commits.listJobs(), [aJob()]);
  assert.deepEqual(await raw.hkeys(`${namespace}:jobs`), [JOB]);
});

test('a late removal from the index spares a newer job of the name', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  await commits.createJob(aJob());
  await commits.deleteJob(JOB, E(0));
  await commits.createJob(aJob());
  // The driver that deleted the first one stalled between its two steps, and takes the second one now.
  await runScript(raw, 'forget-job', [`${namespace}:jobs`], [JOB, '0']);
  assert.deepEqual(await commits.listJobs(), [aJob()]);
});

test('a deleted job leaves nothing but its driver epoch, for a while', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  await commits.createJob(aJob());
  const { epoch } = await commits.takeOver(JOB);
  await commits.logOffsets(JOB, epoch, offsetsOf(0));
  await commits.commit(JOB, epoch, commitOf(0), { add: [stateBlob('a', 0)], remove: [] });
  await commits.deleteJob(JOB, epoch);
  const slot = `${namespace}:job:{${JOB}}:slot`;
  assert.deepEqual(await raw.keys(`${namespace}:*`), [slot]);
  assert.deepEqual(await raw.hgetall(slot), { epoch: '2' });
  assert.ok((await raw.ttl(slot)) > 0);
  await commits.createJob(aJob());
  assert.equal(await raw.ttl(slot), -1, 'a living job must not expire');
});

test('damage is STORE_CORRUPT and names the place', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  const start = `${namespace}:job:{${JOB}}`;
  await commits.createJob(aJob());
  await commits.takeOver(JOB);
  await runBatch(commits, 1, 0);
  await raw.hset(`${start}:commits`, '0', '{}');
  await assert.rejects(commits.takeOver(JOB), (error: MillraceError) => {
    assert.deepEqual([error.code, error.details.key], ['STORE_CORRUPT', `${start}:commits 0`]);
    return true;
  });
});

test('a key that holds something else is STORE_CORRUPT', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { commits } = await open();
  await raw.set(`${namespace}:job:{other}:slot`, 'not ours');
  await assert.rejects(commits.takeOver(jobId('other')), { code: 'STORE_CORRUPT' });
});

test('every step is one round trip', async (t) => {
  // Of its own: what others send while MONITOR begins confuses the client.
  const server = await startRedis({ own: true });
  const { open, raw, namespace } = await redisForTest(t, server.url);
  const { commits } = await open();
  await commits.createJob(aJob());
  await commits.takeOver(JOB);
  await runBatch(commits, 1, 0);
  const monitor = await raw.monitor();
  t.after(() => monitor.disconnect());
  t.after(() => server.stop());
  const sent: string[] = [];
  monitor.on('monitor', (_time: string, [command, ...args]: string[], source: string) => {
    if (source !== 'lua' && args.some((arg) => arg.includes(namespace))) sent.push(command!.toLowerCase());
  });
  await commits.logOffsets(JOB, E(1), offsetsOf(1));
  await commits.commit(JOB, E(1), commitOf(1), { add: [stateBlob('a', 1)], remove: ['b'] });
  await commits.markPublished(JOB, E(1), B(1));
  const seen = new Promise((resolve) =>
    monitor.on('monitor', (_t: string, args: string[]) => args[1] === namespace && resolve(0)),
  );
  await raw.echo(namespace);
  await seen;
  assert.deepEqual(
    sent.filter((command) => command !== 'echo'),
    ['evalsha', 'evalsha', 'evalsha'],
  );
});
