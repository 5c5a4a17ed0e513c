import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { createBlockStore } from '../../../executor/src/shuffle/block-store.ts';
import { chooseInline, holdBlocks } from '../../../executor/src/shuffle/hold-blocks.ts';

const KIB = 1024;
const sized = (...sizes: number[]) => sizes.map((kib, slice) => ({ slice, bytes: kib * KIB }));
const cases: [string, { slice: number; bytes: number }[], string[], number[]][] = [
  ['small and foreign', sized(1, 64), ['there', 'elsewhere'], [0, 1]],
  ['at home here', sized(1), ['here'], []],
  ['too large', sized(65, 1), ['there', 'there'], [1]],
  [
    'more than fit',
    sized(...Array.from({ length: 20 }, () => 64)),
    Array.from({ length: 20 }, () => 'there'),
    Array.from({ length: 16 }, (_, slice) => slice),
  ],
];
for (const [what, blocks, homes, inline] of cases) {
  test(`blocks that travel in the result: ${what}`, () => {
    const chosen = [...chooseInline(blocks, homes, 'here')].map(({ slice }) => slice);
    assert.deepEqual(chosen, inline);
  });
}

test('what travels is checked by its sum, what stays is held', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-hold-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const store = createBlockStore();
  const contents = [Buffer.from('small'), Buffer.from('home'), Buffer.alloc(70 * KIB, 'large')];
  const output = await Promise.all(
    contents.map(async (bytes, slice) => {
      const path = join(root, String(slice));
      await writeFile(path, bytes);
      return { shuffle: 'x', slice, path, bytes: bytes.length, rows: 1 };
    }),
  );
  const at = {
    jobId: 'j',
    batchId: 3,
    stage: 's0',
    taskIndex: 2,
    attemptId: 'a',
    incarnation: 'here',
    address: 'h:1',
    sliceIncarnations: ['there', 'here', 'there'],
  };
  const blocks = await holdBlocks(output, at, store);
  assert.deepEqual(
    blocks.map(({ inline }) => inline?.toString()),
    ['small', undefined, undefined],
  );
  assert.deepEqual(
    blocks.map((block) => block.crc32),
    [crc32('small'), 0, crc32(contents[2]!)],
  );
  assert.deepEqual((await readdir(root)).toSorted(), ['1', '2']);
  assert.equal(store.find('j', 'a/x/2')?.bytes, 70 * KIB);
});
