import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseIndex, type IndexUse, NO_INDEX, type TableLoad } from '../../../executor/src/state/index-decision.ts';

const PLENTY = 64e9;

/** How many equal batches it takes until the index is built (or dropped); null: never in a thousand. */
function batchesUntil(load: TableLoad, start: IndexUse, memoryMaxBytes = PLENTY): number | null {
  let use = start;
  for (let batch = 1; batch <= 1_000; batch++) {
    use = chooseIndex(use, load, memoryMaxBytes);
    if (use.indexed !== start.indexed) return batch;
  }
  return null;
}

const INDEXED: IndexUse = { indexed: true, regretNs: 0 };

const CASES: [string, TableLoad, IndexUse, number | null][] = [
  ['few changes to much state: after what building it costs', { rows: 5_000_000, keys: 250 }, NO_INDEX, 11],
  ['more changes take longer to be worth it', { rows: 5_000_000, keys: 5_000 }, NO_INDEX, 26],
  ['many changes are found sooner by a scan', { rows: 5_000_000, keys: 9_000 }, NO_INDEX, null],
  ['a small table has none', { rows: 199_999, keys: 1 }, NO_INDEX, null],
  ['it stays while changes are few', { rows: 5_000_000, keys: 250 }, INDEXED, null],
  ['one batch that changes a fair share ends it', { rows: 5_000_000, keys: 150_000 }, INDEXED, 1],
  ['a table that has become small loses it', { rows: 1_000, keys: 1 }, INDEXED, 1],
];
for (const [what, load, use, expected] of CASES) {
  test(`index of state: ${what}`, () => assert.equal(batchesUntil(load, use), expected));
}

test('index of state: none that does not fit into memory', () => {
  assert.equal(batchesUntil({ rows: 5_000_000, keys: 1 }, NO_INDEX, 1e9), null);
});
