import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const FILES = {
  'mixed.test.ts': `import { test } from 'node:test';
    test('passes', (t) => t.test('and so does a part of it', () => {}));
    test('fails', () => { throw new Error('no'); });
    test('waits', { skip: true }, () => {});
`,
  'open.test.ts': `import { test } from 'node:test';
    test('passes', () => setInterval(() => {}, 1e6));`,
  'empty.test.ts': 'export {};',
  'broken.test.ts': "import './not-there.ts';",
};

const RUNNER = `
const { runTests } = await import(process.argv[2]);
const { counts, emptyFiles } = await runTests(process.argv[3], process.argv.slice(4), {});
console.log('\\n' + JSON.stringify({ counts, emptyFiles }));
`;

test('a run counts every test, names files without any, and fails files that leave something open', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tests-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const runner = new URL('../../../scripts/check/run-tests.ts', import.meta.url).href;
  // The test runner refuses to run inside its own test processes, and knows them by this variable.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  writeFileSync(join(folder, 'runner.mjs'), RUNNER);
  const args = [join(folder, 'runner.mjs'), runner, folder, ...Object.keys(FILES)];
  const { stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const { counts, emptyFiles } = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as {
    counts: Record<string, number>;
    emptyFiles: string[];
  };
  assert.deepEqual(emptyFiles, ['empty.test.ts']);
  assert.equal(counts.passed, 4, 'two of mixed.test.ts, one of open.test.ts, and the file without tests');
  assert.equal(
    counts.failed! + counts.cancelled!,
    3,
    'one of mixed.test.ts, the open file, and one that does not load',
  );
  assert.equal(counts.skipped, 1);
});
