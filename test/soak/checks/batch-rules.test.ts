import assert from 'node:assert/strict';
import test from 'node:test';
import { batchId, driverEpoch } from '@millrace/shared/ids';
import type { RecordCounts } from '@millrace/shared/store';
import { emptyLedger, enter } from '../workload/ledger.ts';
import { PARTITIONS } from '../workload/transfers.ts';
import { assertCounts, assertFollows, type Batch } from './batch-rules.ts';

const PLACE = { source: 'entries', topic: 'ledger', partition: 0 };

type Draft = {
  id: number;
  from: number;
  until: number;
  position?: number;
  planned?: number;
  committed?: number;
  watermarkMs?: number | null;
  counts?: Partial<RecordCounts>;
};

function batch(draft: Draft): Batch {
  const { id, from, until, position = until, planned = 1, committed = planned, watermarkMs = null, counts } = draft;
  const both = { batchId: batchId(id), watermarkMs };
  return {
    intent: { ...both, driverEpoch: driverEpoch(planned), ranges: [{ ...PLACE, from, until }] },
    commit: { ...both, driverEpoch: driverEpoch(committed), positions: [{ ...PLACE, offset: position }], counts },
  } as Batch;
}

const FIRST = batch({ id: 0, from: 0, until: 5, committed: 2, watermarkMs: 1_000 });
const NEXT = { id: 1, from: 5, until: 9, planned: 2, watermarkMs: 1_000 };

test('a batch that goes on where the one before ended is taken', () => {
  assertFollows(null, FIRST);
  assertFollows(FIRST, batch(NEXT));
  assertFollows(FIRST, batch({ ...NEXT, planned: 3, committed: 4, watermarkMs: 2_000 }));
});

const BROKEN: [what: string, change: Partial<Draft>, reason: RegExp][] = [
  ['a batch left out', { id: 2 }, /batch ids count/],
  ['a batch twice', { id: 0 }, /batch ids count/],
  ['records left out', { from: 6 }, /begins where the one before ended/],
  ['records read twice', { from: 4 }, /begins where the one before ended/],
  ['a range that goes backwards', { until: 4 }, /goes forwards/],
  ['positions that are not those of the intent', { position: 8 }, /ends where its intent says/],
  ['a plan of a driver that was replaced', { planned: 1, committed: 2 }, /no earlier driver/],
  ['a commit of a driver that was replaced', { planned: 3, committed: 2 }, /or a later driver/],
  ['a watermark that goes back', { watermarkMs: 999 }, /watermark goes back/],
  ['a watermark that is lost', { watermarkMs: null }, /watermark goes back/],
];

for (const [what, change, reason] of BROKEN) {
  test(`${what} is refused`, () => {
    assert.throws(() => assertFollows(FIRST, batch({ ...NEXT, ...change })), reason);
  });
}

test('a batch has counted what lies in its ranges', () => {
  const ledger = emptyLedger(PARTITIONS);
  const values = [
    '{"transfer":1,"account":1,"amount":-3,"ts":0}',
    'no json',
    '{"transfer":1,"account":2,"amount":3,"ts":0}',
  ];
  for (const [index, value] of values.entries()) {
    enter(ledger, { partition: 0, offset: index * 2, key: null, value: Buffer.from(value) });
  }
  const counted = (recordsIn: number, badRecords: number) =>
    assertCounts(batch({ id: 0, from: 0, until: 4, counts: { recordsIn, badRecords } }), ledger);
  counted(2, 1);
  assert.throws(() => counted(3, 1), /batch 0/);
  assert.throws(() => counted(2, 0), /batch 0/);
});
