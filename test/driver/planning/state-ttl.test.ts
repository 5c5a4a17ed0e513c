import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetsMore, nextStateTtl } from '../../../driver/src/planning/state-ttl.ts';

test('a job without stateTtl forgets nothing', () => {
  assert.equal(nextStateTtl(null, null, 1_000), null);
  assert.equal(forgetsMore(null, null), false);
});

test('the first batch says since when, and cutoffs are multiples of a sixteenth of the ttl', () => {
  const first = nextStateTtl(null, 1_600, 10_050);
  assert.deepEqual(first, { sinceMs: 10_050, cutoffMs: 8_400 });
  assert.deepEqual(nextStateTtl(first, 1_600, 10_099), { sinceMs: 10_050, cutoffMs: 8_400 });
  assert.deepEqual(nextStateTtl(first, 1_600, 10_100), { sinceMs: 10_050, cutoffMs: 8_500 });
});

test('what is forgotten stays so: a longer ttl, or time that stands still, takes no cutoff back', () => {
  const before = { sinceMs: 0, cutoffMs: 90_000 };
  assert.deepEqual(nextStateTtl(before, 1_000_000, 100_000), before);
  assert.equal(nextStateTtl(before, 1_000, 100_000)!.cutoffMs > 98_000, true);
  assert.equal(forgetsMore(before, before), false);
  assert.equal(forgetsMore({ ...before, cutoffMs: 90_001 }, before), true);
  assert.equal(forgetsMore(before, null), false);
});
