import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactionDue, type Growth } from '../../../executor/src/state/compaction-decision.ts';

const CASES: [string, Growth, boolean][] = [
  ['little was added to little', { adoptedRows: 10_000, rowsThen: 0 }, false],
  ['more than a small table is worth', { adoptedRows: 10_001, rowsThen: 0 }, true],
  ['little beside what was there', { adoptedRows: 10_001, rowsThen: 1_000_000 }, false],
  ['half of what was there', { adoptedRows: 500_000, rowsThen: 1_000_000 }, false],
  ['more than half of what was there', { adoptedRows: 500_001, rowsThen: 1_000_000 }, true],
];
for (const [what, growth, expected] of CASES) {
  test(`compaction: ${what}`, () => assert.equal(compactionDue(growth), expected));
}
