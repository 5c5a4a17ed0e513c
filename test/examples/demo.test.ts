import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parseDemoOptions } from '../../examples/demo/demo-options.ts';

const DEMO = resolve(import.meta.dirname, '../../examples/demo/main.ts');
const FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];

test('the demo loses an executor, sees its tasks retried, and its result equals the truth', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, DEMO, '--short', '--plain']);
  assert.match(stdout, /executor lost +executor "executor-2" was lost/);
  assert.match(stdout, /task retried +batch \d+: task/);
  assert.match(stdout, /executor joined +executor "executor-4" joined/);
  assert.match(stdout, /VERDICT: equal/);
});

test('what the demo can be told', () => {
  assert.equal(parseDemoOptions(['--help']), null);
  assert.equal(parseDemoOptions(['--seconds', '60'], 2)?.paySeconds, 60);
  assert.deepEqual(parseDemoOptions([], 2), {
    paySeconds: 40,
    keep: false,
    plain: false,
    recordsPerSecond: 10_000,
    lanes: 1,
  });
  for (const wrong of [['--seconds', '1'], ['--seconds', 'x'], ['--what']]) {
    assert.throws(() => parseDemoOptions(wrong), { code: 'INVALID_ARGUMENT' });
  }
});
