import assert from 'node:assert/strict';
import test from 'node:test';
import { createSourceTrust } from '../../../executor/src/compute/source-trust.ts';

test('a source that is not as declared is tried more and more rarely, and again always once it is', () => {
  const trust = createSourceTrust();
  const tried: number[] = [];
  for (let task = 0; task < 200; task++) {
    if (!trust.deserves('dirty')) continue;
    tried.push(task);
    trust.broken('dirty');
  }
  assert.deepEqual(tried, [0, 2, 6, 14, 30, 62, 126, 190]);
  assert.equal(trust.deserves('clean'), true);
  while (!trust.deserves('dirty'));
  trust.kept('dirty');
  assert.equal(trust.deserves('dirty'), true);
  trust.broken('dirty');
  assert.deepEqual([trust.deserves('dirty'), trust.deserves('dirty')], [false, true]);
});
