import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openScratchSpace } from '../../../executor/src/tasks/scratch-space.ts';

async function base(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'millrace-scratch-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return join(root, 'millrace-e');
}

test('removes what dead processes left, keeps what living ones use, and cleans up after itself', async (t) => {
  const at = await base(t);
  for (const name of ['7-dead', '8-alive', '9-before', 'notes'])
    await mkdir(join(at, name, 'job'), { recursive: true });
  const scratch = await openScratchSpace(at, { pid: 9, incarnation: 'new', isAlive: (pid) => pid === 8 || pid === 9 });
  assert.deepEqual((await readdir(at)).toSorted(), ['8-alive', '9-new', 'notes']);
  await mkdir(join(scratch.dir, 'job'));
  await writeFile(join(scratch.dir, 'job', 'file'), 'twelve bytes');
  assert.equal(await scratch.usedBytes(), 12);
  await scratch.remove();
  assert.deepEqual((await readdir(at)).toSorted(), ['8-alive', 'notes']);
});

test('the last one removes the base', async (t) => {
  const at = await base(t);
  const scratch = await openScratchSpace(at, { pid: 9, incarnation: 'new', isAlive: () => false });
  await scratch.remove();
  await assert.rejects(readdir(at), { code: 'ENOENT' });
});

test('a folder that cannot be made is INVALID_CONFIG with what to do', async (t) => {
  const at = await base(t);
  await writeFile(at, 'a file');
  await assert.rejects(openScratchSpace(at, { pid: 9, incarnation: 'new', isAlive: () => false }), {
    code: 'INVALID_CONFIG',
    hint: /--scratch/,
  });
});
