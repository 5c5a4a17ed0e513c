import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitIntoTasks as split } from '../../../driver/src/planning/split-ranges.ts';

/** Of records whose size nobody knows. */
const splitIntoTasks = (ranges: Parameters<typeof split>[0], lanes: number) => split(ranges, lanes, null);
const range = (partition: number, from: number, until: number) => ({ source: 's', topic: 't', partition, from, until });
const sizes = (tasks: ReturnType<typeof splitIntoTasks>) =>
  tasks.map((task) => task.reduce((sum, { from, until }) => sum + until - from, 0));

test('nothing to read is no task', () => assert.deepEqual(splitIntoTasks([range(0, 4, 4)], 2), []));

test('a small batch is one task over all its partitions', () => {
  const tasks = splitIntoTasks([range(0, 0, 100), range(1, 5, 5), range(2, 7, 300)], 8);
  assert.equal(tasks.length, 1);
  assert.deepEqual(
    tasks[0]!.map(({ partition }) => partition),
    [0, 2],
  );
});

const cases: { name: string; ranges: [number, number][]; lanes: number; tasks: number }[] = [
  { name: 'one hot partition feeds every lane', ranges: [[0, 200_000]], lanes: 2, tasks: 4 },
  { name: 'tasks stay below their bound', ranges: [[0, 2_000_000]], lanes: 2, tasks: 8 },
  { name: 'many lanes do not cut below what a task is worth', ranges: [[0, 100_000]], lanes: 64, tasks: 5 },
];
for (const { name, ranges, lanes, tasks: expected } of cases) {
  test(name, () => {
    const tasks = splitIntoTasks(
      ranges.map(([from, until], partition) => range(partition, from, until)),
      lanes,
    );
    assert.equal(tasks.length, expected);
    assert.ok(Math.max(...sizes(tasks)) - Math.min(...sizes(tasks)) <= expected);
  });
}

test('large ranges share no task; short ones share one beside them', () => {
  const tasks = splitIntoTasks([range(0, 0, 375_000), range(1, 0, 375_000), range(2, 0, 40_000), range(3, 0, 9)], 2);
  assert.deepEqual(
    tasks.map((task) => task.map(({ partition }) => partition)),
    [[0], [0], [1], [1], [2, 3]],
  );
  assert.deepEqual(sizes(tasks), [187_500, 187_500, 187_500, 187_500, 40_009]);
});

test('short ranges that do not fit into one task fill several', () => {
  const tasks = splitIntoTasks(
    Array.from({ length: 12 }, (_, partition) => range(partition, 0, 9_000)),
    1,
  );
  assert.deepEqual(sizes(tasks), [54_000, 54_000]);
});

test('every record is in exactly one task, in order', () => {
  for (const lanes of [1, 2, 3, 7]) {
    const ranges = [range(0, 3, 100_000), range(1, 50, 51), range(2, 0, 333_333)];
    const next = new Map(ranges.map(({ partition, from }) => [partition, from]));
    for (const piece of splitIntoTasks(ranges, lanes).flat()) {
      assert.equal(piece.from, next.get(piece.partition));
      assert.ok(piece.until > piece.from);
      next.set(piece.partition, piece.until);
    }
    for (const { partition, until } of ranges) assert.equal(next.get(partition), until);
  }
});

test('large records make tasks of few', () => {
  const tasks = split([range(0, 0, 40), range(1, 0, 3)], 2, 10 * 1024 * 1024);
  assert.ok(Math.max(...sizes(tasks)) <= 6);
  assert.equal(
    sizes(tasks).reduce((sum, size) => sum + size, 0),
    43,
  );
  assert.deepEqual(sizes(split([range(0, 0, 2)], 2, 500 * 1024 * 1024)), [1, 1], 'a task has a record at least');
});
