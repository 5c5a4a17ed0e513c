import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import {
  type AttemptFacts,
  DEATHS_ALONE_MAX,
  DEATHS_IN_COMPANY_MAX,
  decideRetry,
  EXECUTOR_LOSSES_MAX,
  NO_HISTORY,
  TASK_FAILURES_MAX,
  TIMEOUTS_MAX,
} from '../../../driver/src/dispatch/retry-decision.ts';

const fresh = NO_HISTORY;
const decide = (code: ErrorCode, history = fresh, attempt: Partial<AttemptFacts> = {}) =>
  decideRetry(new MillraceError(code, 'x'), { ended: true, alone: false, ...attempt }, history);

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
    ['QUERY_FAILED', 'blame'],
    ['OFFSETS_GONE', 'fail'],
    ['STALE_DRIVER_EPOCH', 'fail'],
    ['INTERNAL', 'blame'],
  ];
  for (const [code, kind] of expected) assert.equal(decide(code).kind, kind, code);
});

test('an executor that goes away before it has the task is not held against the task', () => {
  const history = { ...fresh, executorLosses: 1 };
  for (const code of ['EXECUTOR_LOST', 'EXECUTOR_DRAINING'] as const) {
    assert.deepEqual(decide(code, fresh, { ended: false }), { kind: 'retry', delayMs: 0, alone: false, history });
  }
});

test('a task that loses executors runs alone, and is blamed when it loses them there', () => {
  let history = fresh;
  const lose = (alone: boolean) => {
    const decision = decide('EXECUTOR_LOST', history, { alone });
    if (decision.kind === 'retry') ({ history } = decision);
    return decision.kind === 'retry' ? (decision.alone ? 'alone' : 'in company') : decision.kind;
  };
  for (let death = 1; death < DEATHS_IN_COMPANY_MAX; death++) assert.equal(lose(false), 'in company');
  assert.equal(lose(false), 'alone');
  for (let death = 1; death < DEATHS_ALONE_MAX; death++) assert.equal(lose(true), 'alone');
  assert.equal(lose(true), 'blame');
});

test('a task that runs alone keeps to it whatever else goes wrong', () => {
  for (const code of ['SCRATCH_FULL', 'EXECUTOR_DRAINING'] as const) {
    const decision = decide(code, fresh, { alone: true });
    assert.ok(decision.kind === 'retry' && decision.alone);
  }
});

test('every retry for a fault of somebody is bounded', () => {
  const failed = (failures: number) => ({ ...fresh, failures });
  const lost = { ...fresh, executorLosses: EXECUTOR_LOSSES_MAX };
  assert.equal(decide('SCRATCH_FULL', failed(TASK_FAILURES_MAX - 1)).kind, 'fail');
  assert.equal(decide('OUT_OF_MEMORY', failed(TASK_FAILURES_MAX - 1)).kind, 'blame');
  assert.equal(decide('TASK_TIMED_OUT', failed(TIMEOUTS_MAX - 1)).kind, 'blame');
  assert.equal(decide('EXECUTOR_LOST', lost, { ended: false }).kind, 'fail');
  assert.equal(decide('BLOCK_LOST', lost).kind, 'fail');
  assert.equal(decide('JOB_NOT_OPEN', failed(TASK_FAILURES_MAX)).kind, 'fail');
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
