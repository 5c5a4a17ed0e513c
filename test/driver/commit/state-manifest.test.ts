import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchId } from '@millrace/shared/ids';
import { RECORD_VERSION, type StateBlobRecord } from '@millrace/shared/store';
import { blobsOf, changeManifest, snapshotDue } from '../../../driver/src/commit/state-manifest.ts';

function blob(
  name: string,
  kind: 'delta' | 'snapshot',
  partitions: number[],
  bytes = 10,
  operatorId = 'op',
): StateBlobRecord {
  return { version: RECORD_VERSION, operatorId, name, kind, batchId: batchId(0), partitions, bytes, rows: 1, crc32: 0 };
}
const names = (blobs: readonly StateBlobRecord[]) => blobs.map(({ name }) => name);

test('a snapshot frees what it covers, and nothing that another partition still needs', () => {
  const manifest = [blob('d1', 'delta', [0, 1, 2, 3]), blob('d2', 'delta', [0, 1])];
  const first = changeManifest(manifest, [blob('s3', 'snapshot', [0, 1])]);
  assert.deepEqual(first.removed, ['d2']);
  assert.deepEqual(names(first.manifest), ['d1', 's3']);
  const second = changeManifest(first.manifest, [blob('s4', 'snapshot', [2, 3])]);
  assert.deepEqual(second.removed, ['d1']);
});

test('deltas after a snapshot stay', () => {
  const { manifest, removed } = changeManifest([blob('s1', 'snapshot', [0])], [blob('d2', 'delta', [0])]);
  assert.deepEqual([names(manifest), removed], [['s1', 'd2'], []]);
});

test('operators do not free each other', () => {
  const { removed } = changeManifest([blob('d1', 'delta', [0], 10, 'a')], [blob('s2', 'snapshot', [0], 10, 'b')]);
  assert.deepEqual(removed, []);
});

test('after partitions moved, old blobs live until every partition has its snapshot', () => {
  let manifest = changeManifest([], [blob('old', 'snapshot', [0, 1, 2])]).manifest;
  manifest = changeManifest(manifest, [blob('a', 'snapshot', [0]), blob('b', 'delta', [1, 2])]).manifest;
  assert.deepEqual(names(manifest), ['old', 'a', 'b']);
  assert.deepEqual(names(blobsOf(manifest, [0])), ['old', 'a']);
  const last = changeManifest(manifest, [blob('c', 'snapshot', [1, 2])]);
  assert.deepEqual(last.removed.toSorted(), ['b', 'old']);
});

test('a snapshot is due after many deltas, or heavy ones', () => {
  const deltas = (count: number, bytes: number) =>
    Array.from({ length: count }, (_, i) => blob(`d${i}`, 'delta', [0], bytes));
  assert.equal(snapshotDue([], 0), false);
  assert.equal(snapshotDue(deltas(99, 10), 0), false);
  assert.equal(snapshotDue(deltas(100, 10), 0), true);
  assert.equal(snapshotDue(deltas(100, 10), 1), false, 'slices take turns');
  assert.equal(snapshotDue(deltas(10, 1_000_000), 0), true);
  assert.equal(snapshotDue([blob('s', 'snapshot', [0], 50_000_000), ...deltas(10, 1_000_000)], 0), false);
});
