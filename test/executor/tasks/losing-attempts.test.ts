import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { STATE_PARTITIONS } from '@millrace/shared/plan';
import { call } from '@millrace/shared/rpc';
import { compileTestJob, openTestBlobs, rangeOf, startTestExecutor, topicOf } from './executor-fixture.ts';

const partitions = Array.from({ length: STATE_PARTITIONS }, (_, partition) => partition);

test('what an attempt made that the commit does not name is dropped, the rest stays', async (t) => {
  const topic = await topicOf(t, [[JSON.stringify({ k: 'a', v: 1 })]]);
  const path = mkdtempSync(join(tmpdir(), 'millrace-losers-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const query = 'SELECT k, count(*) AS n FROM s GROUP BY k';
  const sink = { type: 'file', path, format: 'ndjson', partitionBy: [] as string[] } as const;
  const job = await compileTestJob(t, { topic, query, outputMode: 'update', sink });
  const blobs = await openTestBlobs(t);
  const executor = await startTestExecutor(t, { deps: { blobs } });
  await executor.open(job);
  const slice = { index: 0, partitions, state: [], snapshot: false };
  const ranges = [rangeOf(topic, 0, 0, 1)];
  const attempt = (number: number) => executor.runTask(job, { batchId: 0, stage: 1, attempt: number, ranges, slice });
  const [loser, winner] = [await attempt(0), await attempt(1)];
  const namesOf = ({ state }: typeof winner) => state.map(({ name }) => name);
  assert.deepEqual(await stored(), [...namesOf(loser), ...namesOf(winner)].sort());
  assert.equal(stagedFiles().length, 2);

  const attempts = winner.outputs.map((output) => output.attempt);
  const batch = { jobId: job.jobId, driverEpoch: job.epoch, batchId: 0 };
  await call(executor.client, 'FinishBatch', { ...batch, adoptedBlobs: namesOf(winner), attempts });
  assert.deepEqual(await stored(), namesOf(winner));
  assert.equal(stagedFiles().length, 1);
  await call(executor.client, 'Publish', { ...batch, outputs: winner.outputs });
  assert.equal(stagedFiles().length, 0);

  async function stored(): Promise<string[]> {
    return (await Array.fromAsync(blobs.list(`${job.jobId}/`))).sort();
  }
  function stagedFiles(): string[] {
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => /staging.*\.ndjson$/.test(name));
  }
});
