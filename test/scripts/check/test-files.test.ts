import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectTestFiles } from '../../../scripts/check/test-files.ts';

const PATHS = ['test/bench/pipe.test.ts', 'test/driver/planning/split.test.ts', 'test/shared/sql/parse.test.ts'];

const CASES: [filters: string[], selected: string[]][] = [
  [[], ['test/driver/planning/split.test.ts', 'test/shared/sql/parse.test.ts']],
  [['shared/sql'], ['test/shared/sql/parse.test.ts']],
  [
    ['split', 'parse'],
    ['test/driver/planning/split.test.ts', 'test/shared/sql/parse.test.ts'],
  ],
  [['nowhere'], []],
  [['bench'], []],
];

for (const [filters, selected] of CASES) {
  test(`filters [${filters}] select ${selected.length}`, () =>
    assert.deepEqual(selectTestFiles(PATHS, filters), selected));
}
