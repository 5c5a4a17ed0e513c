import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Block } from '@millrace/proto';
import { grpcTransport, startRpcServer } from '@millrace/shared/rpc';
import { createBlockPeers } from '../../../executor/src/shuffle/block-peers.ts';
import { createBlockService } from '../../../executor/src/shuffle/block-service.ts';
import { createBlockStore } from '../../../executor/src/shuffle/block-store.ts';
import { gatherBlocks } from '../../../executor/src/shuffle/gather-blocks.ts';

/** A holder with its block service, and a reader of another incarnation. */
async function start(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'millrace-blocks-'));
  const held = createBlockStore();
  const server = await startRpcServer({ host: '127.0.0.1', port: 0, services: [createBlockService(held, 'holder')] });
  const peers = createBlockPeers(grpcTransport);
  t.after(async () => {
    peers.close();
    await server.close(0);
    await rm(root, { recursive: true, force: true });
  });
  const address = `127.0.0.1:${server.port}`;
  const hold = async (taskIndex: number, bytes: Buffer): Promise<Block> => {
    const path = join(root, `held-${taskIndex}`);
    await writeFile(path, bytes);
    const name = `attempt-${taskIndex}/0`;
    held.add({ name, jobId: 'job', batchId: 0, path, bytes: bytes.length });
    const place = { stage: 's0', taskIndex, shuffle: 'x0', slice: 0, name, incarnation: 'holder', address };
    return { ...place, bytes: bytes.length, rows: 1, crc32: crc32(bytes), inline: Buffer.alloc(0) };
  };
  const folder = join(root, 'inputs');
  const own = createBlockStore();
  const gather = (blocks: Block[], signal = new AbortController().signal) =>
    gatherBlocks(blocks, { jobId: 'job', incarnation: 'reader', folder }, { store: own, peers, signal });
  return { root, held, own, hold, gather, folder };
}

test('own, inline and remote blocks come as files in the order of the tasks', async (t) => {
  const { root, own, hold, gather, folder } = await start(t);
  const large = Buffer.alloc(1_500_000, 'millrace');
  const remote = await hold(2, large);
  const ownPath = join(root, 'own');
  await writeFile(ownPath, 'own');
  own.add({ name: 'mine', jobId: 'job', batchId: 0, path: ownPath, bytes: 3 });
  const local = { ...remote, taskIndex: 0, name: 'mine', incarnation: 'reader', bytes: 3 };
  const small = Buffer.from('small');
  const inline = { ...remote, taskIndex: 1, bytes: 5, crc32: crc32(small), inline: small };
  const gathered = await gather([remote, inline, local]);
  assert.deepEqual(gathered.files[0], { shuffle: 'x0', path: ownPath });
  const contents = await Promise.all(gathered.files.map(({ path }) => readFile(path)));
  assert.deepEqual(contents, [Buffer.from('own'), small, large]);
  await gathered.release();
  await assert.rejects(readdir(folder), { code: 'ENOENT' });
  assert.equal(await readFile(ownPath, 'utf8'), 'own');
});

const losses: [string, (block: Block) => Partial<Block>][] = [
  ['freed at its holder', () => ({ name: 'other' })],
  ['of an incarnation that is gone', () => ({ incarnation: 'before' })],
  ['at an address where nobody listens', () => ({ address: '127.0.0.1:9' })],
  ['with a wrong checksum', (block) => ({ crc32: block.crc32 ^ 1 })],
  ['of another length', (block) => ({ bytes: block.bytes + 1 })],
  ['of ours that we hold no more', () => ({ incarnation: 'reader' })],
  ['inline and damaged', () => ({ inline: Buffer.from('nodata') })],
];
for (const [what, change] of losses) {
  test(`a block ${what} is BLOCK_LOST, and nothing stays behind`, async (t) => {
    const { hold, gather, folder } = await start(t);
    const fine = await hold(0, Buffer.from('fine'));
    const block = await hold(1, Buffer.from('data'));
    const lost = { ...block, ...change(block) };
    const { incarnation, name, stage, taskIndex, shuffle, slice } = lost;
    const details = { incarnation, name, stage, taskIndex, shuffle, slice };
    await assert.rejects(gather([fine, lost]), { code: 'BLOCK_LOST', details });
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
  });
}

test('cancelling stops the fetches with the reason of the cancel', async (t) => {
  const { hold, gather } = await start(t);
  const blocks = await Promise.all(Array.from({ length: 20 }, (_, index) => hold(index, Buffer.alloc(1_000_000))));
  const leaving = new AbortController();
  const gathering = gather(blocks, leaving.signal);
  leaving.abort(new Error('left'));
  await assert.rejects(gathering, /left/);
});

test('freeing a batch frees its blocks alone', async (t) => {
  const { held, hold, root } = await start(t);
  await hold(0, Buffer.from('data'));
  const later = join(root, 'later');
  await writeFile(later, 'later');
  held.add({ name: 'later', jobId: 'job', batchId: 1, path: later, bytes: 5 });
  assert.deepEqual([held.count(), held.bytes()], [2, 9]);
  await held.freeUpTo('job', 0);
  assert.deepEqual([held.count(), held.bytes()], [1, 5]);
  await assert.rejects(readFile(join(root, 'held-0')), { code: 'ENOENT' });
  assert.equal(held.find('job', 'later')?.path, later);
  await held.freeJob('other');
  await held.freeJob('job');
  assert.deepEqual([held.count(), held.bytes()], [0, 0]);
});
