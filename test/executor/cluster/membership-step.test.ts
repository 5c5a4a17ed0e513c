import assert from 'node:assert/strict';
import test from 'node:test';
import { nextMembershipStep } from '../../../executor/src/cluster/membership-step.ts';

const timing = { heartbeatMs: 1_000, jitter: 1 };
type Case = [
  string,
  { registered: boolean; failures: number },
  Parameters<typeof nextMembershipStep>[1],
  ReturnType<typeof nextMembershipStep>,
];

const cases: Case[] = [
  [
    'registered',
    { registered: false, failures: 3 },
    null,
    { state: { registered: true, failures: 0 }, next: 'heartbeat', delayMs: 1_000, rotate: false },
  ],
  [
    'lease kept',
    { registered: true, failures: 0 },
    null,
    { state: { registered: true, failures: 0 }, next: 'heartbeat', delayMs: 1_000, rotate: false },
  ],
  [
    'a driver that knows us not',
    { registered: true, failures: 0 },
    'EXECUTOR_UNKNOWN',
    { state: { registered: false, failures: 1 }, next: 'register', delayMs: 0, rotate: false },
  ],
  [
    'and says so again',
    { registered: false, failures: 1 },
    'EXECUTOR_UNKNOWN',
    { state: { registered: false, failures: 2 }, next: 'register', delayMs: 200, rotate: false },
  ],
  [
    'no driver yet',
    { registered: false, failures: 0 },
    'DRIVER_UNAVAILABLE',
    { state: { registered: false, failures: 1 }, next: 'register', delayMs: 100, rotate: true },
  ],
  [
    'driver gone',
    { registered: true, failures: 0 },
    'DRIVER_UNAVAILABLE',
    { state: { registered: true, failures: 1 }, next: 'heartbeat', delayMs: 100, rotate: true },
  ],
  [
    'gone for long',
    { registered: true, failures: 5_000 },
    'TIMED_OUT',
    { state: { registered: true, failures: 5_001 }, next: 'heartbeat', delayMs: 500, rotate: true },
  ],
];
for (const [what, before, outcome, expected] of cases) {
  test(what, () => assert.deepEqual(nextMembershipStep(before, outcome, timing), expected));
}

test('half of the delay is random', () => {
  const failed = nextMembershipStep({ registered: true, failures: 0 }, 'TIMED_OUT', { heartbeatMs: 1, jitter: 0 });
  assert.equal(failed.delayMs, 50);
});
