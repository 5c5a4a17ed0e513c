import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnRate, type RateEstimate, recordsMaxOf } from '../../../driver/src/backpressure/rate-estimator.ts';

const limits = {
  recordsPerBatchMax: 5_000_000,
  bytesPerBatchMax: 512_000_000,
  batchDurationTargetMs: 500,
  taskTimeoutMs: 300_000,
};

test('the first batch is bounded before anything is known, and by a small limit more', () => {
  assert.equal(recordsMaxOf(null, limits), 100_000);
  assert.equal(recordsMaxOf(null, { ...limits, recordsPerBatchMax: 7 }), 7);
  assert.equal(recordsMaxOf(null, { ...limits, bytesPerBatchMax: 10_240 }), 10);
  assert.equal(recordsMaxOf(null, { ...limits, bytesPerBatchMax: 1 }), 1, 'a limit always allows progress');
});

function run(rate: number, batches: number): RateEstimate | null {
  let estimate: RateEstimate | null = null;
  for (let batch = 0; batch < batches; batch++) {
    const records = recordsMaxOf(estimate, limits);
    estimate = learnRate(estimate, { records, bytes: records * 100, durationMs: 20 + (records / rate) * 1000 }, limits);
  }
  return estimate;
}

test('batches grow until one takes about the target duration, and stay there', () => {
  for (const rate of [50_000, 400_000, 3_000_000]) {
    const records = recordsMaxOf(run(rate, 40), limits);
    const durationMs = 20 + (records / rate) * 1000;
    assert.ok(durationMs > 400 && durationMs < 600, `at ${rate}/s a batch takes ${durationMs} ms`);
  }
});

test('no batch is more than twice its predecessor', () => {
  assert.ok(recordsMaxOf(run(3_000_000, 1), limits) <= 200_000);
});

test('one lucky batch does not make the next too long', () => {
  const steady = run(2_000_000, 30);
  const records = recordsMaxOf(steady, limits);
  const lucky = learnRate(steady, { records, bytes: records * 100, durationMs: 260 }, limits);
  assert.ok(recordsMaxOf(lucky, limits) <= records * 1.25);
});

test('a slower pipeline gets smaller batches', () => {
  const fast = run(2_000_000, 30);
  const records = recordsMaxOf(fast, limits);
  const slowed = learnRate(fast, { records, bytes: records * 100, durationMs: 4_000 }, limits);
  assert.ok(recordsMaxOf(slowed, limits) < records);
});

test('records whose size is known before the first batch keep it within its bytes', () => {
  const large = { bytesPerRecord: 10_000_000, speed: null };
  assert.equal(recordsMaxOf(large, limits), 51);
  const after = learnRate(large, { records: 40, bytes: 400_000_000, durationMs: 900 }, limits);
  assert.equal(recordsMaxOf(after, limits), 51, 'however slow or fast it was');
});

test('a batch that was short of input says nothing about the rate', () => {
  const known = run(1_000_000, 30);
  const after = learnRate(known, { records: 10, bytes: 1000, durationMs: 30 }, limits);
  assert.equal(recordsMaxOf(after, limits), recordsMaxOf(known, limits));
  assert.deepEqual(learnRate(null, { records: 10, bytes: 1000, durationMs: 30 }, limits), {
    bytesPerRecord: 100,
    speed: null,
  });
});
