import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from '../../../cli/src/output/sparkline.ts';
import { renderStateRows } from '../../../cli/src/output/state-rows.ts';
import { PLAIN, styleFor } from '../../../cli/src/output/style.ts';
import { renderFields, renderTable, truncate, visibleLength } from '../../../cli/src/output/table.ts';

const TERMINAL = { write() {}, isTerminal: true, width: 80, height: 24 };
const RED = styleFor(TERMINAL, {}).red;

test('columns are aligned by what is seen, and lines do not end in spaces', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' as const }, { title: 'NOTE' }];
  const rows = [
    ['ü', '1', 'x'],
    [RED('long one'), '1,000', ''],
  ];
  const expected = ['NAME          N  NOTE', 'ü             1  x', `${RED('long one')}  1,000`, ''];
  assert.equal(renderTable(columns, rows, PLAIN), expected.join('\n'));
});

test('fields are aligned and empty ones left out', () => {
  const fields = [
    ['a', '1'],
    ['empty', ''],
    ['long', '2'],
  ] as const;
  assert.equal(renderFields(fields, PLAIN), 'a     1\nlong  2\n');
});

test('truncate counts letters, not bytes', () => {
  const cases: [string, number, string][] = [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a\u0301bc', 3, 'a\u0301bc'],
    ['a\u0301bcd', 3, 'a\u0301b…'],
    [RED('abc'), 3, RED('abc')],
  ];
  for (const [text, max, expected] of cases) assert.equal(truncate(text, max), expected);
  assert.equal(visibleLength(RED('abc')), 3);
});

test('colours: on terminals, unless NO_COLOR; elsewhere only when forced', () => {
  const file = { ...TERMINAL, isTerminal: false };
  const coloured = (output: typeof file, env: Record<string, string>) => styleFor(output, env).red('x') !== 'x';
  assert.equal(coloured(TERMINAL, {}), true);
  assert.equal(coloured(TERMINAL, { NO_COLOR: '1' }), false);
  assert.equal(coloured(TERMINAL, { NO_COLOR: '1', FORCE_COLOR: '1' }), false);
  assert.equal(coloured(file, {}), false);
  assert.equal(coloured(file, { FORCE_COLOR: '1' }), true);
  assert.equal(coloured(file, { FORCE_COLOR: '0' }), false);
});

test('sparkline', () => {
  const cases: [number[], string][] = [
    [[], ''],
    [[0, 0], '▁▁'],
    [[0, 1, 2, 4], '▁▃▅█'],
  ];
  for (const [values, expected] of cases) assert.equal(sparkline(values), expected);
});

test('state rows: numbers to the right, NULL told from text, the batch named', () => {
  const rows = [
    ['ann', '12.50', null, { a: 1 }],
    ['bob', '7.25', 'NULL', [1, 2]],
  ];
  const text = renderStateRows({ batchId: 7, columns: ['user', 'total', 'note', 'raw'], rows, truncated: true }, PLAIN);
  assert.equal(
    text,
    [
      'user  total  note  raw',
      'ann   12.50  NULL  {"a":1}',
      'bob    7.25  NULL  [1,2]',
      '2 rows, more were left out (--max-rows); state after batch 7',
      '',
    ].join('\n'),
  );
});
