import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compareFiles } from '../../../../examples/demo/check/compare-files.ts';

const PAYMENTS = [
  { user: 'ann', amount: '0.10', ts: 10_000 },
  { user: 'ann', amount: '0.20', ts: 19_999 },
  { user: 'ann', amount: '5.00', ts: 20_000 },
  { user: 'bob', amount: '7.07', ts: 12_345 },
];

const row = (user: string, start: string, end: string, payments: number, total: number) => ({
  user,
  window_start: `1970-01-01T00:00:${start}.000Z`,
  window_end: `1970-01-01T00:00:${end}.000Z`,
  payments,
  total,
});

const ANN_1 = row('ann', '10', '20', 2, 0.3);
const ANN_2 = row('ann', '20', '30', 1, 5);
const BOB = row('bob', '10', '20', 1, 7.07);

type Update = [key: string, row: object | null];

const CASES: [name: string, updates: Update[], missing: number, surplus: number][] = [
  [
    'the truth, updated on the way',
    [
      ['a1', { ...ANN_1, payments: 1 }],
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', BOB],
    ],
    0,
    0,
  ],
  [
    'a row too few',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
    ],
    1,
    0,
  ],
  [
    'a row too many',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', BOB],
      ['c', { ...BOB, user: 'cleo' }],
    ],
    0,
    1,
  ],
  [
    'a row taken back',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', BOB],
      ['b', null],
    ],
    1,
    0,
  ],
  [
    'a row taken back that should not be there',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', BOB],
      ['c', ANN_1],
      ['c', null],
    ],
    0,
    0,
  ],
  [
    'a row taken back and given again',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', null],
      ['b', BOB],
    ],
    0,
    0,
  ],
  [
    'a cent too much',
    [
      ['a1', { ...ANN_1, total: 0.31 }],
      ['a2', ANN_2],
      ['b', BOB],
    ],
    1,
    1,
  ],
  [
    'a payment counted twice',
    [
      ['a1', { ...ANN_1, payments: 3 }],
      ['a2', ANN_2],
      ['b', BOB],
    ],
    1,
    1,
  ],
  [
    'another window',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', { ...BOB, window_end: ANN_2.window_end }],
    ],
    1,
    1,
  ],
  [
    'the same row under two keys',
    [
      ['a1', ANN_1],
      ['a2', ANN_2],
      ['b', BOB],
      ['bb', BOB],
    ],
    0,
    1,
  ],
];

for (const [name, updates, missing, surplus] of CASES) {
  test(`${name}: ${missing} missing, ${surplus} surplus`, async (t) => {
    const lines = updates.map(([key, row], offset) => ({ partition: 0, offset, key, row }));
    const result = await compareFiles(fileOf(t, PAYMENTS), fileOf(t, lines));
    assert.deepEqual([result.missing, result.surplus], [missing, surplus], result.sample.join('\n'));
    assert.equal(result.sample.length, missing + surplus);
    assert.deepEqual([result.payments, result.groups, result.updates], [4, 3, updates.length]);
  });
}

test('large totals are compared to the cent', async (t) => {
  const payments = Array.from({ length: 3 }, () => ({ user: 'ann', amount: '9999999999.99', ts: 10_000 }));
  const update = (total: string) =>
    `{"partition":0,"offset":0,"key":"a","row":${JSON.stringify({ ...ANN_1, payments: 3, total: 0 }).replace('"total":0', `"total":${total}`)}}`;
  const right = await compareFiles(fileOf(t, payments), fileOf(t, [update('29999999999.97')]));
  assert.deepEqual([right.missing, right.surplus], [0, 0]);
  const wrong = await compareFiles(fileOf(t, payments), fileOf(t, [update('29999999999.98')]));
  assert.deepEqual([wrong.missing, wrong.surplus], [1, 1]);
});

function fileOf(t: TestContext, lines: readonly (object | string)[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'lines.ndjson');
  writeFileSync(path, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  return path;
}
