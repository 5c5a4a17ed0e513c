import assert from 'node:assert/strict';
import test from 'node:test';
import { consoleTable } from '../../../executor/src/sinks/console-table.ts';

const tableOf = (text: string) => text.split('\n').slice(3).join('\n');

test('aligns text to the left and numbers to the right', () => {
  const text = consoleTable({
    batchId: 12,
    columns: ['user', 'total'],
    rows: [
      ['ann', '1.50'],
      ['bartholomew', '100.25'],
      [null, null],
    ],
    rowsTotal: 3,
  });
  assert.equal(text.split('\n')[1], 'Batch: 12');
  assert.equal(
    tableOf(text),
    [
      '+-------------+--------+',
      '| user        |  total |',
      '+-------------+--------+',
      '| ann         |   1.50 |',
      '| bartholomew | 100.25 |',
      '| NULL        |   NULL |',
      '+-------------+--------+',
      '',
    ].join('\n'),
  );
});

const cases: [string, unknown, string][] = [
  ['nested values as JSON', { a: [1, 2] }, '{"a":[1,2]}'],
  ['control characters that could steer a terminal', 'a\u001b[2Jb\nc', 'a [2Jb c'],
  ['a long text', 'x'.repeat(100), `${'x'.repeat(59)}…`],
  ['characters outside the BMP as one', '😀'.repeat(60), '😀'.repeat(60)],
  ['booleans', true, 'true'],
];
for (const [what, value, shown] of cases) {
  test(`shows ${what}`, () => {
    const text = consoleTable({ batchId: 0, columns: ['c'], rows: [[value]], rowsTotal: 1 });
    assert.equal(text.split('\n')[6]!.slice(2, -2).trim(), shown);
  });
}

test('a batch without rows says so', () => {
  assert.match(consoleTable({ batchId: 0, columns: ['c'], rows: [], rowsTotal: 0 }), /\| c \|[\s\S]*no rows/);
  assert.match(consoleTable({ batchId: 0, columns: [], rows: [], rowsTotal: 0 }), /no rows/);
});
