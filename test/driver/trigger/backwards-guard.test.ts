import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackwardsGuard } from '../../../driver/src/trigger/backwards-guard.ts';

const position = { source: 's', topic: 't', partition: 2, offset: 50, maxEventTimeMs: null };
const end = (latest: number) => [{ source: 's', topic: 't', partition: 2, latest }];

test('an end before the position is borne for a while, as after a change of leader', () => {
  const guard = createBackwardsGuard();
  guard([position], end(40), 0);
  guard([position], end(40), 29_999);
  guard([position], end(50), 30_000);
  guard([position], end(40), 40_000);
  guard([position], end(40), 69_999);
});

test('for good it stops the job and says what is gone', () => {
  const guard = createBackwardsGuard();
  guard([position], end(40), 0);
  assert.throws(() => guard([position], end(40), 30_000), {
    code: 'OFFSETS_GONE',
    details: { topic: 't', partition: 2, offset: 50 },
  });
});
