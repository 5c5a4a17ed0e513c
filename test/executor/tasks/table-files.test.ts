import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMemoryStore } from '@millrace/shared/store';
import { createTableFiles } from '../../../executor/src/tasks/table-files.ts';

async function openFiles(t: TestContext) {
  const scratchDir = mkdtempSync(join(tmpdir(), 'millrace-table-files-'));
  t.after(() => rmSync(scratchDir, { recursive: true }));
  const { blobs } = createMemoryStore();
  let gets = 0;
  const get = (name: string) => {
    gets += 1;
    return blobs.get(name);
  };
  const counted = { ...blobs, get };
  const files = createTableFiles({ blobs: counted, scratchDir });
  const put = async (rows: string, blob = `j/table.t/${rows}/1.0`) => {
    const bytes = Buffer.from(rows);
    await blobs.put(blob, bytes);
    const version = createHash('sha256').update(bytes).digest('hex');
    return { table: 't', version, blob, bytes: bytes.length };
  };
  return { files, blobs, put, scratchDir, gets: () => gets };
}

test('a version is fetched once, whoever wants it', async (t) => {
  const { files, put, gets } = await openFiles(t);
  const one = await put('one');
  const taken = await Promise.all([files.take('j', [one]), files.take('j', [one])]);
  assert.equal(readFileSync(taken[0]!.files[0]!.path, 'utf8'), 'one');
  for (const { release } of taken) release();
  (await files.take('j', [one])).release();
  assert.equal(gets(), 1);
});

test('an old version goes when a newer one is wanted and no task uses it', async (t) => {
  const { files, put } = await openFiles(t);
  const [one, two] = [await put('one'), await put('two')];
  const old = await files.take('j', [one]);
  const fresh = await files.take('j', [two]);
  const [oldPath, freshPath] = [old.files[0]!.path, fresh.files[0]!.path];
  assert.ok(existsSync(oldPath), 'it is in use');
  old.release();
  fresh.release();
  await t.waitFor(() => assert.ok(!existsSync(oldPath)));
  assert.ok(existsSync(freshPath));
});

test('a job that was closed and comes back fetches anew', async (t) => {
  const { files, put, gets, scratchDir } = await openFiles(t);
  const one = await put('one');
  const before = await files.take('j', [one]);
  rmSync(join(scratchDir, 'j'), { recursive: true });
  files.forget('j');
  const after = await files.take('j', [one]);
  before.release();
  assert.equal(readFileSync(after.files[0]!.path, 'utf8'), 'one');
  assert.equal(gets(), 2);
});

test('bytes that are not the version are refused, and asked for again', async (t) => {
  const { files, blobs, put } = await openFiles(t);
  const one = await put('one');
  await blobs.put(one.blob, Buffer.from('other'));
  await assert.rejects(files.take('j', [one]), { code: 'BLOB_CORRUPT' });
  await blobs.remove([one.blob]);
  await assert.rejects(files.take('j', [one]), { code: 'BLOB_LOST' });
  await put('one');
  assert.equal((await files.take('j', [one])).files.length, 1);
});
