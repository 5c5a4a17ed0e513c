import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from './support/run-command.ts';

const WRONG: [args: string[], message: string, hint: RegExp][] = [
  [['jbos'], "unknown command 'jbos'", /Did you mean jobs/],
  [['jobs', '--nope'], "unknown option '--nope'", /--help/],
  [['describe'], "missing required argument 'job'", /--help/],
];

for (const [args, message, hint] of WRONG) {
  test(`wrong usage is exit code 2, in words and as JSON: ${args.join(' ')}`, async () => {
    const words = await runCommand(args);
    assert.equal(words.code, 2);
    assert.ok(words.stderr.startsWith(`error: ${message}`), words.stderr);
    const json = await runCommand([...args, '--json']);
    assert.equal(json.code, 2);
    const { error } = JSON.parse(json.stderr) as { error: { code: string; message: string; hint: string } };
    assert.deepEqual([error.code, error.message], ['INVALID_ARGUMENT', message]);
    assert.match(error.hint, hint);
  });
}

test('the version can be asked for as other programs are asked', async () => {
  for (const flag of ['-V', '--version']) assert.match((await runCommand([flag])).stdout, /^\d+\.\d+\.\d+\n$/);
});
