import assert from 'node:assert/strict';
import test from 'node:test';
import { createFetchSizing } from '../../../executor/src/read/range-reader-sizing.ts';

test('follows what was read, per topic, and ignores samples that say little', () => {
  const sizing = createFetchSizing();
  const guess = sizing.estimate('a', 1_000);
  sizing.learn('a', 10, 1_000_000);
  assert.equal(sizing.estimate('a', 1_000), guess);
  sizing.learn('a', 1_000, 50_000);
  assert.equal(sizing.estimate('a', 1_000), 50_000);
  for (let sample = 0; sample < 30; sample++) sizing.learn('a', 1_000, 80_000);
  assert.ok(Math.abs(sizing.estimate('a', 1_000) - 80_000) < 100);
  assert.equal(sizing.estimate('b', 1_000), guess);
});
