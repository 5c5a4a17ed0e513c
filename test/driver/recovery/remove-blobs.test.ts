import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '@millrace/shared/store';
import { removeBlobs } from '../../../driver/src/recovery/remove-blobs.ts';

test('all blobs of a prefix go but the kept ones, however many there are', async () => {
  const { blobs } = createMemoryStore();
  for (let i = 0; i < 1_203; i++) await blobs.put(`job/op/${i}`, new Uint8Array(1));
  await blobs.put('other/op/1', new Uint8Array(1));
  await removeBlobs(blobs, 'job/', (name) => name.endsWith('/7'));
  assert.deepEqual((await Array.fromAsync(blobs.list(''))).sort(), ['job/op/7', 'other/op/1']);
});
