import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CACHE_FOLDER, cached } from './cached.ts';

test('a fetch that fails leaves nothing, and the next one fetches again; a whole one stays', async (t) => {
  const name = `test-${randomUUID()}`;
  t.after(() => rmSync(join(CACHE_FOLDER, name), { recursive: true, force: true }));
  const broken = cached(name, async (folder) => {
    writeFileSync(join(folder, 'half'), '');
    throw new Error('the line went down');
  });
  await assert.rejects(broken, /the line went down/);
  assert.deepEqual(
    readdirSync(CACHE_FOLDER).filter((entry) => entry.includes(name)),
    [],
  );
  let fetches = 0;
  const fill = async (folder: string) => {
    fetches += 1;
    writeFileSync(join(folder, 'whole'), '');
  };
  await cached(name, fill);
  const folder = await cached(name, fill);
  assert.equal(fetches, 1);
  assert.ok(existsSync(join(folder, 'whole')));
});
