import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionFolder } from '../../../executor/src/compute/partition-folder.ts';

const CASES: [value: string | null, name: string][] = [
  ['DE', 'DE'],
  ['2024-01-01 00:00:00', '2024-01-01%2000%3A00%3A00'],
  ['../../etc', '..%2F..%2Fetc'],
  ['a=b%', 'a%3Db%25'],
  ["*?[!~']()", '%2A%3F%5B%21%7E%27%5D%28%29'],
  ['line\nend\u0000', 'line%0Aend%00'],
  ['é', '%C3%A9'],
  ['', ''],
  [null, '__HIVE_DEFAULT_PARTITION__'],
  ['__HIVE_DEFAULT_PARTITION__', '%5F_HIVE_DEFAULT_PARTITION__'],
];

for (const [value, name] of CASES)
  test(`${JSON.stringify(value)} is one name`, () => {
    assert.equal(partitionFolder(['k', 'a b'], [value, 'x']), `k=${name}/a%20b=x`);
    if (value !== null) assert.equal(decodeURIComponent(name), value);
  });

test('a value that is too long for a name is refused', () => {
  assert.equal(partitionFolder(['k'], ['x'.repeat(253)]).length, 255);
  assert.throws(() => partitionFolder(['k'], ['x'.repeat(254)]), {
    code: 'QUERY_FAILED',
    message: /A value of k is too long/,
  });
});
