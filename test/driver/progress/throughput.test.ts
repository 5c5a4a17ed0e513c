import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createThroughput } from '../../../driver/src/progress/throughput.ts';

test('records of the last ten seconds, over the time that they took to come', () => {
  const throughput = createThroughput(0);
  assert.equal(throughput.rate(1_000), 0);
  throughput.add(500, 1_000);
  assert.equal(throughput.rate(1_000), 500, 'one second has gone by');
  for (let second = 2; second <= 30; second++) throughput.add(1_000, second * 1_000);
  assert.equal(throughput.rate(30_000), 1_000);
});

test('a job that nothing comes to falls to zero', () => {
  const throughput = createThroughput(0);
  throughput.add(10_000, 5_000);
  assert.equal(throughput.rate(14_000), 1_000);
  assert.equal(throughput.rate(15_001), 0);
});
