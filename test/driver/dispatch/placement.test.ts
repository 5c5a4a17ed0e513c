import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type LaneRef,
  lanesForState,
  type Placement,
  placePartitions,
  slicesOf,
} from '../../../driver/src/dispatch/placement.ts';

const lanes = (...names: string[]): LaneRef[] =>
  names.flatMap((incarnation) => [0, 1].map((lane) => ({ incarnation, lane })));
const moved = (before: Placement, after: Placement) =>
  after.filter((home, p) => home.incarnation !== before[p]!.incarnation || home.lane !== before[p]!.lane).length;
const counts = (placement: Placement) => slicesOf(placement).slices.map((slice) => slice.partitions.length);

test('partitions are spread evenly', () => {
  assert.deepEqual(counts(placePartitions(128, lanes('a'), null)), [64, 64]);
  assert.deepEqual(counts(placePartitions(128, lanes('a', 'b', 'c'), null)), [22, 22, 21, 21, 21, 21]);
});

test('the same executors, the same placement', () => {
  const first = placePartitions(128, lanes('a', 'b'), null);
  assert.equal(moved(first, placePartitions(128, lanes('b', 'a'), first)), 0);
});

test('losing an executor moves only what it held', () => {
  const before = placePartitions(128, lanes('a', 'b', 'c'), null);
  const after = placePartitions(128, lanes('a', 'c'), before);
  const held = before.filter(({ incarnation }) => incarnation === 'b').length;
  assert.equal(moved(before, after), held);
  assert.deepEqual(counts(after), [32, 32, 32, 32]);
});

test('a joining executor gets its share and nothing else moves', () => {
  const before = placePartitions(128, lanes('a', 'b'), null);
  const after = placePartitions(128, lanes('a', 'b', 'c'), before);
  const gained = after.filter(({ incarnation }) => incarnation === 'c').length;
  assert.ok(gained === 42 || gained === 43);
  assert.equal(moved(before, after), gained);
});

test('slices cover every partition once and know where they live', () => {
  const placement = placePartitions(128, lanes('a', 'b'), null);
  const { slices, sliceOfPartition } = slicesOf(placement);
  assert.deepEqual(
    slices.flatMap(({ partitions }) => partitions).toSorted((a, b) => a - b),
    [...Array(128).keys()],
  );
  sliceOfPartition.forEach((slice, partition) => {
    assert.ok(slices[slice]!.partitions.includes(partition));
    assert.equal(slices[slice]!.incarnation, placement[partition]!.incarnation);
  });
});

test('the state of a small job keeps to one lane, and does not wander between the bounds', () => {
  const all = lanes('a', 'b');
  const spread = placePartitions(128, all, null);
  const size = (records: number, stateRows = 0) => ({ jobId: 'j', size: { records, stateRows } });
  const narrow = placePartitions(128, lanesForState(all, size(100), spread), spread);
  const cases: [string, Parameters<typeof lanesForState>[1], Placement | null, number][] = [
    ['nothing known', { jobId: 'j', size: null }, null, 4],
    ['small', size(4_999, 499_999), spread, 1],
    ['middling records, spread', size(5_000), spread, 4],
    ['middling state, spread', size(100, 500_000), spread, 4],
    ['middling, narrow', size(19_999, 999_999), narrow, 1],
    ['many records', size(20_000), narrow, 4],
    ['much state', size(100, 1_000_000), narrow, 4],
  ];
  for (const [name, job, previous, expected] of cases) {
    assert.equal(lanesForState(all, job, previous).length, expected, name);
  }
  assert.deepEqual(counts(narrow), [128]);
  const joined = lanes('a', 'b', 'c');
  assert.equal(moved(narrow, placePartitions(128, lanesForState(joined, size(100), narrow), narrow)), 0);
  const left = all.filter(({ incarnation }) => incarnation !== narrow[0]!.incarnation);
  assert.deepEqual(counts(placePartitions(128, lanesForState(left, size(100), narrow), narrow)), [128]);
});

test('small jobs spread over the lanes', () => {
  const all = lanes('a', 'b', 'c');
  const homes = Array.from({ length: 600 }, (_, n) => {
    const [home] = lanesForState(all, { jobId: `job-${n}`, size: { records: 1, stateRows: 1 } }, null);
    return `${home!.incarnation}${home!.lane}`;
  });
  const perLane = [...Map.groupBy(homes, (home) => home).values()].map(({ length }) => length);
  assert.equal(perLane.length, 6);
  assert.ok(Math.min(...perLane) > 60, String(perLane));
});
