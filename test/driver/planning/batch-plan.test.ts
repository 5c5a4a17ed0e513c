import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  newPartitions,
  offsetsRanBackwards,
  planRanges,
  rangesToLog,
  recordsIn,
  unreadAfter,
} from '../../../driver/src/planning/batch-plan.ts';

const at = (partition: number, offset: number) => ({
  source: 's',
  topic: 't',
  partition,
  offset,
  maxEventTimeMs: null,
});
const end = (partition: number, latest: number) => ({ source: 's', topic: 't', partition, latest });

const cases: { name: string; positions: number[]; latest: number[]; max: number; read: number[] }[] = [
  { name: 'everything fits', positions: [0, 10], latest: [5, 30], max: 100, read: [5, 20] },
  { name: 'exactly the bound', positions: [0, 0], latest: [50, 50], max: 100, read: [50, 50] },
  { name: 'half evenly, half by lag', positions: [0, 0], latest: [900, 100], max: 100, read: [71, 28] },
  { name: 'equal lags, equal shares', positions: [0, 0], latest: [900, 900], max: 100, read: [50, 50] },
  {
    name: 'what is little is read whole',
    positions: [0, 0, 0],
    latest: [1_000_000, 3, 0],
    max: 1000,
    read: [997, 3, 0],
  },
  { name: 'a bound of one still moves', positions: [0, 0], latest: [10, 10], max: 1, read: [1, 1] },
  { name: 'nothing unread', positions: [7, 9], latest: [7, 9], max: 10, read: [0, 0] },
  { name: 'an end before the position reads nothing', positions: [7], latest: [3], max: 10, read: [0] },
];

for (const { name, positions, latest, max, read } of cases) {
  test(`ranges: ${name}`, () => {
    const ranges = planRanges(
      positions.map((offset, p) => at(p, offset)),
      latest.map((offset, p) => end(p, offset)),
      max,
    );
    assert.deepEqual(
      ranges.map(({ from, until }) => until - from),
      read,
    );
    assert.deepEqual(
      ranges.map(({ from }) => from),
      positions,
    );
  });
}

test('a bound is never exceeded by more than one record a partition', () => {
  for (let max = 1; max < 500; max += 7) {
    const ranges = planRanges([at(0, 0), at(1, 0), at(2, 5)], [end(0, 313), end(1, 11), end(2, 6)], max);
    assert.ok(recordsIn(ranges) <= max + 3, `max ${max} gave ${recordsIn(ranges)}`);
    assert.ok(recordsIn(ranges) >= Math.min(max, 325) - 3 || max < 3);
  }
});

test('offsets that ran backwards are found', () => {
  assert.deepEqual(
    offsetsRanBackwards([at(0, 5), at(1, 5)], [end(0, 4), end(1, 5)]).map(({ partition }) => partition),
    [0],
  );
});

test('only what is read, or new, is written down', () => {
  const ranges = planRanges([at(0, 5), at(1, 7), at(2, 0)], [end(0, 9), end(1, 7), end(2, 0)], 100);
  const written = (committed: ReturnType<typeof at>[]) =>
    rangesToLog(ranges, committed).map(({ partition }) => partition);
  assert.deepEqual(written([]), [0, 1, 2]);
  assert.deepEqual(written([at(0, 5), at(1, 7)]), [0, 2]);
});

test('partitions that are not read to their end are told', () => {
  const ends = [end(0, 90), end(1, 3), end(2, 70)];
  const ranges = planRanges([at(0, 0), at(1, 3), at(2, 0)], ends, 50);
  assert.deepEqual(unreadAfter(ranges, ends), [end(0, 90), end(2, 70)]);
});

test('partitions that appeared are found', () => {
  assert.deepEqual(newPartitions([at(0, 5)], [end(0, 9), end(1, 3)]), [{ source: 's', topic: 't', partition: 1 }]);
});
