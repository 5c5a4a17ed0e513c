import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingForRole } from '../../cli/src/role-process.ts';

const FLAGS = [
  '--disable-warning=TimeoutNegativeWarning',
  '--disable-warning=ExperimentalWarning',
  '--external-memory-accounted-in-global-limit',
];

test('what a process lacks to run a role', () => {
  const cases: [number, Record<string, string>, string[], ReturnType<typeof missingForRole>][] = [
    [2, {}, [], { env: { UV_THREADPOOL_SIZE: '6' }, flags: FLAGS }],
    [2, {}, FLAGS, { env: { UV_THREADPOOL_SIZE: '6' }, flags: [] }],
    [2, { UV_THREADPOOL_SIZE: '6' }, FLAGS, null],
    [2, { UV_THREADPOOL_SIZE: '64' }, [], { env: {}, flags: FLAGS }],
    [0, {}, FLAGS, null],
  ];
  for (const [lanes, env, execArgv, expected] of cases)
    assert.deepEqual(missingForRole(lanes, env, execArgv), expected);
});

test('a process started with what was missing lacks nothing: it does not start itself for ever', () => {
  for (const lanes of [1, 2, 16, 64]) {
    const missing = missingForRole(lanes, {}, []);
    assert.ok(missing);
    assert.equal(missingForRole(lanes, missing.env, missing.flags), null);
  }
});
