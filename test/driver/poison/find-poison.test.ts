import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import type { LoggedRange } from '@millrace/shared/store';
import { lengthOf } from '../../../driver/src/poison/cut-pieces.ts';
import { findPoison } from '../../../driver/src/poison/find-poison.ts';

const RANGES = [
  { source: 's', topic: 't', partition: 0, from: 1_000, until: 151_000 },
  { source: 's', topic: 't', partition: 1, from: 0, until: 100_000 },
];
const failure = new MillraceError('EXECUTOR_LOST', 'gone');

function rehearsals(fails: (piece: LoggedRange[]) => boolean) {
  const counts = { rehearsed: 0, failed: 0 };
  const rehearse = async (piece: LoggedRange[]) => {
    counts.rehearsed += 1;
    if (!fails(piece)) return null;
    counts.failed += 1;
    return failure;
  };
  return { counts, rehearse };
}

const holds = (piece: LoggedRange[], partition: number, offset: number) =>
  piece.some((range) => range.partition === partition && range.from <= offset && offset < range.until);

for (const [partition, offset] of [
  [0, 1_000],
  [0, 77_123],
  [1, 99_999],
] as const) {
  test(`finds ${partition}/${offset} among 250,000 for three failures`, async () => {
    const { counts, rehearse } = rehearsals((piece) => holds(piece, partition, offset));
    const poison = await findPoison(RANGES, rehearse);
    assert.deepEqual(poison?.ranges, [{ source: 's', topic: 't', partition, from: offset, until: offset + 1 }]);
    assert.equal(poison.failure, failure);
    assert.equal(counts.failed, 3);
    assert.ok(counts.rehearsed <= 3 * 64, String(counts.rehearsed));
  });
}

test('of two, the first', async () => {
  const { rehearse } = rehearsals((piece) => holds(piece, 0, 5_000) || holds(piece, 0, 5_001));
  assert.equal((await findPoison(RANGES, rehearse))?.ranges[0]?.from, 5_000);
});

test('what fails only together is told as the range that does', async () => {
  const { rehearse } = rehearsals((piece) => holds(piece, 0, 5_000) && lengthOf(piece) > 1_000);
  const poison = await findPoison(RANGES, rehearse);
  assert.equal(lengthOf(poison?.ranges ?? []), 3_907);
});

test('nothing fails by itself', async () => {
  const { counts, rehearse } = rehearsals(() => false);
  assert.equal(await findPoison(RANGES, rehearse), null);
  assert.deepEqual(counts, { rehearsed: 64, failed: 0 });
});

test('a single record', async () => {
  const ranges = [{ source: 's', topic: 't', partition: 0, from: 4, until: 5 }];
  const { counts, rehearse } = rehearsals(() => true);
  assert.deepEqual((await findPoison(ranges, rehearse))?.ranges, ranges);
  assert.equal(counts.failed, 1);
});
