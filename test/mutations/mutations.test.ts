import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { MUTATIONS } from './mutations.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('every guard is in its file, once, as the mutation has it', () => {
  const lost = MUTATIONS.filter(({ file, text }) => read(file).split(text).length !== 2);
  assert.deepEqual(
    lost.map(({ guard, file }) => `${guard} (${file})`),
    [],
  );
});

test('docs/mutations.md tells of every guard', () => {
  const table = read('docs/mutations.md');
  const missing = MUTATIONS.filter(({ guard }) => !table.includes(`[${guard}](`));
  assert.deepEqual(
    missing.map(({ guard }) => guard),
    [],
  );
});
