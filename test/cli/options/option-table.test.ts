import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLIENT_OPTIONS, DRIVER_OPTIONS, EXECUTOR_OPTIONS } from '@millrace/cli';
import { helpText, resolveOptions } from '../../../cli/src/options/option-table.ts';

test('a flag goes before the environment, the environment before the default; an empty variable is none', () => {
  const listen = (flags: Record<string, unknown>, env: Record<string, string>) =>
    resolveOptions(DRIVER_OPTIONS, flags, env).listen.port;
  assert.equal(listen({ listen: 'a:1' }, { MILLRACE_LISTEN: 'a:2' }), 1);
  assert.equal(listen({}, { MILLRACE_LISTEN: 'a:2' }), 2);
  assert.equal(listen({}, { MILLRACE_LISTEN: '' }), 7070);
});

test('what has no default is undefined when nothing is given', () => {
  const { lanes, scratch, prefetch } = resolveOptions(EXECUTOR_OPTIONS, {}, {});
  assert.deepEqual([lanes, scratch, prefetch], [undefined, undefined, 128_000_000]);
});

test('every wrong value is reported at once, each with where it came from', () => {
  assert.throws(
    () => resolveOptions(EXECUTOR_OPTIONS, { lanes: 'many' }, { MILLRACE_PREFETCH: '1', MILLRACE_STORE: 'x' }),
    (error: Error) => {
      const lines = error.message.split('\n');
      return (
        lines.length === 3 &&
        lines.some((line) => line.startsWith('--lanes: ')) &&
        lines.some((line) => line.startsWith('MILLRACE_PREFETCH: ')) &&
        lines.some((line) => line.startsWith('MILLRACE_STORE: '))
      );
    },
  );
});

test('every default parses', () => {
  for (const table of [DRIVER_OPTIONS, EXECUTOR_OPTIONS, CLIENT_OPTIONS]) {
    assert.doesNotThrow(() => resolveOptions(table, {}, {}));
  }
});

test('help names unit, variable and default', () => {
  assert.equal(
    helpText(EXECUTOR_OPTIONS.drainTimeout),
    'how long running tasks may take to end after SIGTERM (env MILLRACE_DRAIN_TIMEOUT, default 30s)',
  );
});
