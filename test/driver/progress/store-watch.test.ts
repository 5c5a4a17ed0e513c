import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import type { Logger } from '@millrace/shared/logging';
import type { StoreWarning } from '@millrace/shared/store';
import { watchStore } from '../../../driver/src/progress/store-watch.ts';

const WEAK: StoreWarning = { code: 'DURABILITY_WEAK', message: 'weak', hint: '' };
const EVICTS = new MillraceError('STORE_UNSAFE', 'it evicts');
const AWAY = new MillraceError('STORE_UNAVAILABLE', 'away');

test('what changes for the worse is said, once each time', async () => {
  const looks: (StoreWarning[] | Error)[] = [[], [WEAK], [WEAK], AWAY, [WEAK], EVICTS, EVICTS, [], [WEAK]];
  const said: string[] = [];
  const log = {
    warn: (fields: { code: string }) => said.push(`${looks.length} warn ${fields.code}`),
    error: (fields: { code: string }) => said.push(`${looks.length} error ${fields.code}`),
  };
  const left = new AbortController();
  const check = async () => {
    const found = looks.shift()!;
    if (looks.length === 0) left.abort();
    if (found instanceof Error) throw found;
    return found;
  };
  await watchStore([], { check, clock: { delay: async () => {} }, log: log as unknown as Logger }, left.signal);
  assert.deepEqual(said, ['7 warn DURABILITY_WEAK', '3 error STORE_UNSAFE', '0 warn DURABILITY_WEAK']);
});

test('what was said at the start is not said again', async () => {
  const left = new AbortController();
  const check = async () => {
    left.abort();
    return [WEAK];
  };
  const log = { warn: () => assert.fail('said again') };
  await watchStore([WEAK], { check, clock: { delay: async () => {} }, log: log as unknown as Logger }, left.signal);
});
