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

const PARTITIONS = 8;
const BATCHES = 4_000;
/** A hundred deltas and what turns add, for each of the slices there can be, and their snapshots. */
const BLOBS_MAX = PARTITIONS * (100 + 7 * 3 + 2);

test('over thousands of batches and many moves, what restores need is kept and nothing piles up', () => {
  let manifest: StateBlobRecord[] = [];
  /** Of each partition: the newest snapshot that covers it, and the deltas since. */
  const needed = Array.from({ length: PARTITIONS }, () => new Set<string>());
  let slices = layout(1);
  let most = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    if (batch % 37 === 0) slices = layout(1 + ((batch / 37) % PARTITIONS));
    const added = slices.map((partitions, index) => {
      const kind = snapshotDue(blobsOf(manifest, partitions), index) ? 'snapshot' : 'delta';
      return blob(`${batch}/${index}`, kind, partitions);
    });
    for (const { name, kind, partitions } of added) {
      for (const partition of partitions) {
        if (kind === 'snapshot') needed[partition]!.clear();
        needed[partition]!.add(name);
      }
    }
    const before = names(manifest);
    const changed = changeManifest(manifest, added);
    manifest = changed.manifest;
    const kept = new Set(names(manifest));
    for (const partition of needed.keys()) assert.ok(needed[partition]!.isSubsetOf(kept), `batch ${batch}`);
    assert.deepEqual(new Set([...before, ...names(added)]), kept.union(new Set(changed.removed)), 'none is forgotten');
    most = Math.max(most, manifest.length);
  }
  assert.ok(most <= BLOBS_MAX, `${most} blobs`);
});

/** Partitions spread over so many slices. */
function layout(slices: number): number[][] {
  return Array.from({ length: slices }, (_, slice) =>
    Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) => partition % slices === slice),
  );
}
