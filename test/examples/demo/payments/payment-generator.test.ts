import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createPaymentGenerator,
  DISORDER_MAX_MS,
  type Payment,
} from '../../../../examples/demo/payments/payment-generator.ts';
import { seededRandom } from '../../../../examples/demo/payments/seeded-random.ts';

const NOW_MS = 1_800_000_000_000;
const COUNT = 20_000;

function generate(seed: number): Payment[] {
  const next = createPaymentGenerator(seededRandom(seed));
  return Array.from({ length: COUNT }, () => next(NOW_MS));
}

const payments = generate(1);

test('the same seed pays the same, another something else', () => {
  assert.deepEqual(generate(1), payments);
  assert.notDeepEqual(generate(2), payments);
});

test('amounts are positive and have exactly two decimals', () => {
  for (const { amount } of payments) {
    assert.match(amount, /^(0|[1-9]\d*)\.\d\d$/);
    assert.ok(Number(amount) > 0 && Number(amount) < 1e10);
  }
});

test('event times are out of order, but never by more than the disorder', () => {
  const behind = payments.map(({ ts }) => NOW_MS - ts);
  assert.ok(behind.every((ms) => ms >= 0 && ms < DISORDER_MAX_MS));
  assert.ok(new Set(behind).size > 100);
});

test('a tenth of the users makes about half of the payments', () => {
  const counts = [...Map.groupBy(payments, ({ user }) => user).values()].map(({ length }) => length);
  const top = counts.sort((a, b) => b - a).slice(0, 200);
  const share = top.reduce((sum, count) => sum + count, 0) / COUNT;
  assert.ok(share > 0.4 && share < 0.6, `share ${share}`);
});

test('a card belongs to one user', () => {
  for (const group of Map.groupBy(payments, ({ user }) => user).values()) {
    assert.equal(new Set(group.map(({ card }) => card)).size, 1);
  }
});
