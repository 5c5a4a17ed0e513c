import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AbortedTransaction, ATTRIBUTE, committedBatches, readRecords } from '@millrace/shared/kafka';
import { batchBytes, markerBytes } from './batch-bytes.ts';

const data = (baseOffset: number, ...values: string[]) => batchBytes({ baseOffset, values });
const sent = (producerId: bigint, baseOffset: number, ...values: string[]) =>
  batchBytes({ baseOffset, values, producerId, attributes: ATTRIBUTE.transactional });
const idempotent = (producerId: bigint, baseOffset: number, ...values: string[]) =>
  batchBytes({ baseOffset, values, producerId });
const abort = (producerId: bigint, offset: number) => markerBytes(offset, producerId, 'abort');
const commit = (producerId: bigint, offset: number) => markerBytes(offset, producerId, 'commit');

type Row = { what: string; sets: Buffer[][]; aborted: AbortedTransaction[]; values: string[] };

const ROWS: Row[] = [
  { what: 'plain batches pass', sets: [[data(0, 'a', 'b'), data(2, 'c')]], aborted: [], values: ['a', 'b', 'c'] },
  {
    what: 'a committed transaction passes, its marker does not',
    sets: [[sent(1n, 0, 'a'), commit(1n, 1)]],
    aborted: [],
    values: ['a'],
  },
  {
    what: 'an aborted one does not',
    sets: [[sent(1n, 0, 'a'), abort(1n, 1), data(2, 'b')]],
    aborted: [{ producerId: 1n, firstOffset: 0 }],
    values: ['b'],
  },
  {
    what: 'interleaved producers are told apart',
    sets: [[sent(1n, 0, 'a'), sent(2n, 1, 'b'), sent(1n, 2, 'c'), commit(2n, 3), abort(1n, 4)]],
    aborted: [{ producerId: 1n, firstOffset: 0 }],
    values: ['b'],
  },
  {
    what: 'a producer may commit after it aborted, and abort again',
    sets: [[sent(1n, 0, 'a'), abort(1n, 1), sent(1n, 2, 'b'), commit(1n, 3), sent(1n, 4, 'c'), abort(1n, 5)]],
    aborted: [
      { producerId: 1n, firstOffset: 4 },
      { producerId: 1n, firstOffset: 0 },
    ],
    values: ['b'],
  },
  {
    what: 'a transaction that began before the range is still aborted',
    sets: [[sent(1n, 10, 'a'), abort(1n, 11), sent(1n, 12, 'b')]],
    aborted: [{ producerId: 1n, firstOffset: 3 }],
    values: ['b'],
  },
  {
    what: 'records of an aborting producer outside any transaction pass',
    sets: [[idempotent(1n, 0, 'a'), sent(1n, 1, 'b'), abort(1n, 2)]],
    aborted: [{ producerId: 1n, firstOffset: 1 }],
    values: ['a'],
  },
  {
    what: 'sets of one range go on where the last one ended, though both fetches reported the same abort',
    sets: [[sent(1n, 0, 'a')], [sent(1n, 1, 'b'), abort(1n, 2), sent(1n, 3, 'c'), commit(1n, 4)]],
    aborted: [
      { producerId: 1n, firstOffset: 0 },
      { producerId: 1n, firstOffset: 0 },
    ],
    values: ['c'],
  },
  {
    what: 'the marker of another producer ends nothing',
    sets: [[sent(1n, 0, 'a'), abort(2n, 1), sent(1n, 2, 'b'), abort(1n, 3)]],
    aborted: [{ producerId: 1n, firstOffset: 0 }],
    values: [],
  },
];

for (const { what, sets, aborted, values } of ROWS) {
  test(what, () => {
    const recordSets = sets.map((set) => Buffer.concat(set));
    assert.deepEqual(valuesOf(committedBatches(recordSets, aborted)), values);
  });
}

test('batches outside the bounds are passed over, but their markers still count', () => {
  const set = Buffer.concat([sent(1n, 0, 'a'), abort(1n, 1), data(2, 'b', 'c'), sent(1n, 4, 'd'), data(5, 'e')]);
  const aborted = [{ producerId: 1n, firstOffset: 0 }];
  assert.deepEqual(valuesOf(committedBatches(set, aborted, { from: 3, until: 5 })), ['b', 'c', 'd']);
});

function valuesOf(batches: ReturnType<typeof committedBatches>): string[] {
  return [...batches].flatMap((batch) => [...readRecords(batch)].map((record) => String(record.value)));
}
