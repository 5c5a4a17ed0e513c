import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import {
  decideRetry,
  EXECUTOR_LOSSES_MAX,
  NO_HISTORY,
  TASK_FAILURES_MAX,
} from '../../../driver/src/dispatch/retry-decision.ts';

const fresh = NO_HISTORY;
const decide = (code: ErrorCode, history = fresh) => decideRetry(new MillraceError(code, 'x'), history);

test('what each kind of failure leads to', () => {
  const expected: [ErrorCode, string][] = [
    ['EXECUTOR_LOST', 'retry'],
    ['EXECUTOR_DRAINING', 'retry'],
    ['KAFKA_UNAVAILABLE', 'waitOut'],
    ['STORE_UNAVAILABLE', 'waitOut'],
    ['SCRATCH_FULL', 'retry'],
    ['TIMED_OUT', 'retry'],
    ['BLOCK_LOST', 'remakeBlocks'],
    ['JOB_NOT_OPEN', 'reopenJob'],
    ['BAD_RECORD', 'fail'],
    ['QUERY_FAILED', 'fail'],
    ['OFFSETS_GONE', 'fail'],
    ['STALE_DRIVER_EPOCH', 'fail'],
    ['INTERNAL', 'fail'],
  ];
  for (const [code, kind] of expected) assert.equal(decide(code).kind, kind, code);
});

test('a lost executor is not held against the task', () => {
  const decision = decide('EXECUTOR_LOST');
  assert.deepEqual(decision, {
    kind: 'retry',
    delayMs: 0,
    elsewhere: true,
    history: { ...fresh, executorLosses: 1 },
  });
});

test('every retry for a fault of somebody is bounded', () => {
  assert.equal(decide('SCRATCH_FULL', { ...fresh, failures: TASK_FAILURES_MAX - 1 }).kind, 'fail');
  for (const code of ['EXECUTOR_LOST', 'BLOCK_LOST'] as const) {
    assert.equal(decide(code, { ...fresh, executorLosses: EXECUTOR_LOSSES_MAX }).kind, 'fail');
  }
  assert.equal(decide('JOB_NOT_OPEN', { ...fresh, failures: TASK_FAILURES_MAX }).kind, 'fail');
});

test('delays grow and are bounded', () => {
  const delays = [0, 1, 2].map((failures) => {
    const decision = decide('SCRATCH_FULL', { ...fresh, failures });
    return decision.kind === 'retry' ? decision.delayMs : -1;
  });
  assert.deepEqual(delays, [100, 200, 400]);
});

test('an outage is waited out, however long, and looked at every two seconds', () => {
  const delays = [0, 1, 4, 5, 1_000].map((outages) => {
    const decision = decide('KAFKA_UNAVAILABLE', { ...fresh, failures: TASK_FAILURES_MAX - 1, outages });
    assert.ok(decision.kind === 'waitOut');
    assert.deepEqual(decision.history, { ...fresh, failures: TASK_FAILURES_MAX - 1, outages: outages + 1 });
    return decision.delayMs;
  });
  assert.deepEqual(delays, [100, 200, 1_600, 2_000, 2_000]);
});
