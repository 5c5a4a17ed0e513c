import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { untilReady } from '../servers/readiness.ts';
import { startCluster } from './support/cluster.ts';
import { LARGE_PAYMENTS, paymentJob } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink } from './support/sinks.ts';
import { part, startWindows } from './support/window-job.ts';

test('a lane that runs out of memory fails its job and nothing else', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 60, records: 10_000, partitions: 4 }));
  // Groups of 600 MB in a lane of 256 MB.
  const query =
    'SELECT _partition AS p, _offset AS o, max(repeat("user", 10000)) AS largest FROM payments GROUP BY _partition, _offset';
  const greedy = await cluster.submit({
    ...paymentJob(query, { topic, sink: { type: 'noop' }, outputMode: 'update' }),
    ...{ restart: { failures: 0 } },
  });
  const path = join(cluster.folder, 'out');
  const modest = await cluster.submit(paymentJob(LARGE_PAYMENTS.query, { topic, sink: { type: 'file', path } }));
  const failure = await greedy.untilFailed();
  assert.match(failure.message, /Out of Memory/);
  await modest.untilFinished();
  await modest.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), LARGE_PAYMENTS.answer);
  assert.equal(cluster.endingOf('executor-1'), undefined);
});

/** A file system of its own, large enough for an executor to start on; null where this process may not mount one. */
function smallDisk(t: TestContext): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

const LEFT_FREE_BYTES = 64 * 1024;
/** A heartbeat tells of it. */
const BUSY_MAX_MS = 20_000;

test('a scratch folder that is full: tasks go elsewhere, and fail clearly where there is no elsewhere', async (t) => {
  const disk = smallDisk(t);
  if (disk === null) return t.skip('this process may not mount file systems');
  const scratchOf = (executor: string) => (executor === 'executor-1' ? disk : undefined);
  const cluster = await startCluster(t, { executors: 2, lanes: 1, scratchOf });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 61, records: 40_000, partitions: 4 }));
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - LEFT_FREE_BYTES));
  const submit = (path: string) =>
    cluster.submit({
      ...paymentJob(LARGE_PAYMENTS.query, { topic, sink: { type: 'file', path } }),
      ...{ restart: { failures: 0 } },
    });

  const path = join(cluster.folder, 'out');
  const job = await submit(path);
  await job.untilFinished();
  const retried = job.watch.events().flatMap(({ task }) => (task?.kind === 'taskRetried' ? [task.text] : []));
  assert.ok(retried.length > 0 && retried.every((text) => text.includes('executor-1')), retried.join('\n'));
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), LARGE_PAYMENTS.answer);

  await cluster.drainExecutor('executor-2');
  const alone = await submit(join(cluster.folder, 'none'));
  assert.match((await alone.untilFailed()).message, /No space left on device|scratch/i);
  assert.equal(cluster.endingOf('executor-1'), undefined);
});

test('an executor that is told to leave while a statement hangs is gone soon', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 62, records: 4, partitions: 4 }));
  const query = `SELECT levenshtein(repeat("user", 20000), repeat('zq', 60000)) AS n FROM payments`;
  const running = cluster.pauseAt({ method: 'RunTask', at: 'request' });
  const job = await cluster.submit(paymentJob(query, { topic, sink: { type: 'noop' } }));
  (await running).release();
  const process = { ending: () => cluster.endingOf('executor-1'), logTail: () => cluster.logOf('executor-1') };
  const isBusy = async () => assert.equal((await cluster.executors())[0]?.busyLanes, 1);
  await untilReady('a busy lane', process, isBusy, BUSY_MAX_MS);
  const gone = cluster.drainExecutor('executor-1');
  await job.watch.until('the drain', ({ task }) => task?.kind === 'executorDraining');
  cluster.hurryExecutor('executor-1');
  await gone;
  assert.equal(cluster.endingOf('executor-1'), 'signal SIGKILL');
});

test('all executors are restarted one after the other under load, and no batch fails', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const { topic, job, expectExact } = await startWindows(cluster);
  const old = ['executor-1', 'executor-2'];
  let isRolling = true;
  const roll = async () => {
    for (const executor of old) {
      await cluster.addExecutor();
      await cluster.drainExecutor(executor);
    }
    isRolling = false;
  };
  const feed = async () => {
    for (let number = 1; isRolling; number++) {
      await cluster.produce(topic, part(number));
      await job.untilCaughtUp();
    }
  };
  await Promise.all([roll(), feed()]);
  for (const executor of old) {
    assert.equal(cluster.endingOf(executor), 'exit code 0');
    assert.doesNotMatch(cluster.logOf(executor), /leaving before everything was done/);
  }
  await expectExact();
  const statuses = new Set(job.watch.events().map((event) => event.job?.status));
  assert.equal(statuses.has('restarting'), false);
});
