import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { LaneTaskResult } from '../../../executor/src/lanes/messages.ts';
import { documentAt } from '../../docs/documents.ts';
import {
  openPlan,
  PAYMENTS,
  passThrough,
  policy,
  range,
  runDone,
  startLane,
  type TestLane,
  task,
} from './lane-fixture.ts';

type OddValue = { what: string; value: Buffer; row: string; strict: string };

const plain = (name: string, type: string) => ({ name, type, jsonType: type, expression: `"${name}"` });

const COLUMNS = [
  plain('user', 'VARCHAR'),
  plain('amount', 'DECIMAL(12,2)'),
  plain('score', 'DOUBLE'),
  plain('n', 'BIGINT'),
  plain('big', 'HUGEINT'),
  plain('ok', 'BOOLEAN'),
  plain('day', 'DATE'),
  { name: 'ts', type: 'TIMESTAMP', jsonType: 'BIGINT', expression: 'make_timestamp_ms("ts")' },
  plain('tags', 'INTEGER[]'),
  plain('place', 'STRUCT(city VARCHAR, zip INTEGER)'),
  plain('extra', 'JSON'),
];

const ROW = /^\| ([^|]+) \| `(.*)` \| `(.*)` \| (?:`(\w+)`|the same) \|$/gm;

/** The table of docs/bad-records.md. */
const ODD_VALUES: OddValue[] = [...documentAt('docs/bad-records.md').matchAll(ROW)].map(
  ([, what = '', value = '', row = '', strict = row]) => ({ what, value: bytesOf(value), row, strict }),
);

/** A value as the page writes it. */
function bytesOf(written: string): Buffer {
  const named: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };
  const text = Buffer.from(
    written.replace(/⟨(.) (\d+)⟩/g, (_, sign: string, times: string) => sign.repeat(Number(times))),
  );
  return Buffer.from(
    text
      .toString('latin1')
      .replace(/\\(?:([nrt\\])|x([0-9A-F]{2}))/g, (_, name?: string, hex?: string) =>
        name ? named[name]! : String.fromCharCode(Number.parseInt(hex!, 16)),
      ),
    'latin1',
  );
}

async function openOdd(lane: TestLane, readOnce: boolean): Promise<void> {
  const plan = passThrough('*', COLUMNS, { readOnce });
  plan.sources = [{ ...PAYMENTS, columns: COLUMNS }];
  await openPlan(lane, plan);
}

async function read(lane: TestLane, values: readonly (Buffer | null)[], strict: boolean): Promise<LaneTaskResult> {
  const input = { kind: 'records' as const, ranges: [range(values.map((value) => ({ value })))] };
  const recordPolicies = { payments: policy({ onBadRecord: 'collect', strict }) };
  return await runDone(
    lane,
    task(input, { recordPolicies, encodings: { output: { kind: 'file', format: 'ndjson' } } }),
  );
}

/** Rows as a file sink writes them, without fields that are NULL. */
function rowsIn({ outputs: { output } }: LaneTaskResult): string[] {
  assert.equal(output?.kind, 'file');
  const lines = readFileSync((output as { path: string }).path, 'utf8')
    .split('\n')
    .slice(0, -1);
  return lines.map((line) => line.replace(/(?<=^\{|,)"\w+":null(,|(?=\}$))/g, '').replace(/,\}$/, '}'));
}

const isReason = (outcome: string) => /^\w+$/.test(outcome);

test('the table was found', () => {
  assert.ok(ODD_VALUES.length > 50, String(ODD_VALUES.length));
});

for (const [how, readOnce] of [
  ['as a table', false],
  ['read on the way', true],
] as const) {
  for (const strict of [false, true]) {
    test(`${how}${strict ? ', strictly' : ''}: each odd value alone is what docs/bad-records.md says`, async (t) => {
      const lane = startLane(t);
      await openOdd(lane, readOnce);
      for (const odd of ODD_VALUES) {
        const outcome = strict ? odd.strict : odd.row;
        const result = await read(lane, [odd.value], strict);
        const found = result.badRecords[0]?.reason ?? rowsIn(result)[0];
        assert.equal(found, outcome, odd.what);
        assert.equal(result.counts.nullFields > 0, !strict && odd.row !== odd.strict, `${odd.what}: null fields`);
        for (const { value } of result.badRecords) assert.deepEqual(value && Buffer.from(value), odd.value, odd.what);
      }
    });

    test(`${how}${strict ? ', strictly' : ''}: all odd values together are what each is alone`, async (t) => {
      const lane = startLane(t);
      await openOdd(lane, readOnce);
      const good = Buffer.from('{"user":"between"}');
      const values = [null, ...ODD_VALUES.flatMap(({ value }) => [value, good])];
      const result = await read(lane, values, strict);
      const outcomes = ODD_VALUES.map((odd) => (strict ? odd.strict : odd.row));
      const reasons = ['nullValue', ...outcomes.filter(isReason)];
      assert.deepEqual(
        result.badRecords.map(({ reason }) => reason),
        reasons,
      );
      const rows = outcomes.flatMap((outcome) => [...(isReason(outcome) ? [] : [outcome]), '{"user":"between"}']);
      assert.deepEqual(rowsIn(result), rows);
      assert.equal(result.counts.badRecords, reasons.length);
      assert.equal(result.counts.nullFields, strict ? 0 : ODD_VALUES.filter((odd) => odd.row !== odd.strict).length);
    });
  }
}
