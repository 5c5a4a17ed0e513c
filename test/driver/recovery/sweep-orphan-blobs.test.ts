import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driverEpoch, jobId } from '@millrace/shared/ids';
import { createLogger } from '@millrace/shared/logging';
import { createMemoryStore, type Takeover } from '@millrace/shared/store';
import { sweepOrphanBlobs } from '../../../driver/src/recovery/sweep-orphan-blobs.ts';
import { stateBlob } from '../../shared/store/samples.ts';

const log = createLogger({ name: 'test', level: 'silent' });

async function swept(names: string[], takeover: { epoch: number; live: string[] }): Promise<string[]> {
  const { blobs } = createMemoryStore();
  for (const name of names) await blobs.put(name, new Uint8Array(1));
  const state = takeover.live.map((name) => stateBlob(name, 0));
  await sweepOrphanBlobs(blobs, jobId('job'), { epoch: driverEpoch(takeover.epoch), state } as Takeover, log);
  return (await Array.fromAsync(blobs.list(''))).sort();
}

test('what earlier drivers left goes; what a commit names, and what this driver writes, stays', async () => {
  const [live, orphan, own] = ['job/op/3/1.3.r.0.0', 'job/op/4/1.4.r.0.0', 'job/op/4/2.4.r.0.0'];
  assert.deepEqual(await swept([live, orphan, own], { epoch: 2, live: [live] }), [live, own]);
});

test('a driver that was paused before it swept leaves what newer drivers have committed', async () => {
  const newer = ['job/op/12/10.12.r.0.0', 'job/op/4/3.4.r.0.0'];
  assert.deepEqual(await swept(newer, { epoch: 2, live: [] }), newer);
});

test('blobs of other jobs, and such as no attempt wrote, are left alone', async () => {
  const others = ['job/notes', 'jobs/op/4/1.4.r.0.0'];
  assert.deepEqual(await swept(others, { epoch: 2, live: [] }), others);
});
