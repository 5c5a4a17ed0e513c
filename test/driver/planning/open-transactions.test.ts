import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBlockTracker, transactionOpen } from '../../../driver/src/planning/open-transactions.ts';

const place = (partition: number) => ({ source: 's', topic: 't', partition });
const at = (...offsets: number[]) => offsets.map((latest, partition) => ({ ...place(partition), latest }));

test('a partition is blocked once its last stable offset has stood still before its end for a while', () => {
  const tracker = createBlockTracker();
  tracker.observe(at(5, 5), at(9, 5), 1_000);
  assert.deepEqual(tracker.blocked(500, 1_400), []);
  tracker.observe(at(5, 5), at(12, 5), 1_400);
  assert.deepEqual(tracker.blocked(500, 1_500), [{ ...place(0), offset: 5, records: 7 }]);
});

test('one that comes further, or to its end, is not', () => {
  const tracker = createBlockTracker();
  tracker.observe(at(5), at(9), 0);
  tracker.observe(at(6), at(9), 600);
  assert.deepEqual(tracker.blocked(500, 700), [], 'another transaction is open now');
  tracker.observe(at(9), at(9), 1_200);
  assert.deepEqual(tracker.blocked(0, 9_000), []);
});

test('people are told of the one with most records, and how many others there are', () => {
  const tracker = createBlockTracker();
  tracker.observe(at(5, 100, 7), at(6, 130, 9), 0);
  const [first, ...others] = tracker.blocked(0, 0);
  const { code, message, retry } = transactionOpen([first!, ...others]);
  assert.deepEqual([code, retry], ['TRANSACTION_OPEN', 'backoff']);
  assert.match(
    message,
    /^t\/1 can be read up to offset 100 only: .* 30 records wait behind it, and 2 more partitions$/,
  );
  assert.match(transactionOpen([first!]).message, /behind it$/);
});
