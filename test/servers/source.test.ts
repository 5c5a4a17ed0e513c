import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { firstSource, type Source } from './source.ts';

const absent: Source<string> = { name: 'absent', find: async () => undefined };
const broken: Source<string> = { name: 'broken', find: () => Promise.reject(new Error('no network')) };
const present: Source<string> = { name: 'present', find: async () => 'server' };

test('absent and broken sources are passed over', async () => {
  assert.equal(await firstSource('X', [absent, broken, present], 'install X'), 'server');
});

test('when none has it, the error says what each said and how to get one', async () => {
  await assert.rejects(firstSource('X', [absent, broken], 'install X'), (error) => {
    assert.ok(error instanceof MillraceError);
    assert.equal(error.message, 'no X to be had:\n  absent: not here\n  broken: no network');
    assert.equal(error.hint, 'install X');
    return true;
  });
});
