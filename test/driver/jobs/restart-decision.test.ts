import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import { decideRestart } from '../../../driver/src/jobs/restart-decision.ts';

const policy = { failuresMax: 2, spanMs: 1_000, backoffInitialMs: 100, backoffMax: 300 };
const decide = (code: ErrorCode, failures: number[]) => decideRestart(new MillraceError(code, 'x'), failures, policy);

test('restarts back off, then give up', () => {
  assert.deepEqual(decide('EXECUTOR_LOST', [0]), { kind: 'restart', delayMs: 100 });
  assert.deepEqual(decide('EXECUTOR_LOST', [0, 10]), { kind: 'restart', delayMs: 200 });
  assert.deepEqual(decide('EXECUTOR_LOST', [0, 10, 20]), { kind: 'fail', tooMany: true });
});
test('failures long ago are forgiven', () => {
  assert.deepEqual(decide('EXECUTOR_LOST', [0, 10, 5_000]), { kind: 'restart', delayMs: 100 });
});
test('what the user must mend is not tried again', () => {
  assert.deepEqual(decide('BAD_RECORD', [0]), { kind: 'fail', tooMany: false });
});
test("a fenced job is taken back after a while, and a store that contradicts itself is nobody's to mend by trying again", () => {
  assert.deepEqual(decide('STALE_DRIVER_EPOCH', [0]), { kind: 'takeBack', delayMs: 5_000 });
  assert.deepEqual(decide('STORE_CORRUPT', [0]), { kind: 'fail', tooMany: false });
});
