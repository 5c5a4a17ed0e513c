import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { createOutputMarker } from '../../../../executor/src/sinks/transactions/output-marker.ts';

/** A group coordinator that answers when it is told to. */
function start(answer: (offset: number) => Promise<void>) {
  const noted: number[] = [];
  const kafka = {
    commitOffsets: async (_group: string, [at]: readonly { offset: number }[]) => {
      await answer(at!.offset);
      noted.push(at!.offset);
    },
    committedOffset: async () => noted.at(-1) ?? null,
  };
  const marker = createOutputMarker(async () => kafka, { group: 'g', topic: 't', clock: systemClock });
  return { marker, noted };
}

test('batches that follow each other closely are noted together, the last one before the end', async () => {
  const { marker, noted } = start(async () => {});
  for (let batch = 0; batch <= 9; batch++) marker.note(batch);
  await marker.close();
  assert.deepEqual(noted, [0, 9]);
});

test('a coordinator in trouble keeps nobody waiting, and is told the newest batch when it is back', async () => {
  let isThere = false;
  const { marker, noted } = start(async () => {
    if (!isThere) throw new MillraceError('KAFKA_UNAVAILABLE', 'no broker looks after the group');
  });
  marker.note(0);
  await systemClock.delay(0);
  marker.note(1);
  isThere = true;
  await marker.close();
  assert.deepEqual(noted, [1]);
});

test('missing rights are told with the next batch', async () => {
  const { marker } = start(async () => {
    throw new MillraceError('KAFKA_REFUSED', 'this user may not use it');
  });
  marker.note(0);
  await systemClock.delay(0);
  assert.throws(() => marker.note(1), { code: 'KAFKA_REFUSED' });
  await marker.close();
});
