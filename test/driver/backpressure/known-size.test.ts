import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import { knownSize } from '../../../driver/src/backpressure/known-size.ts';
import type { Position } from '../../../driver/src/planning/batch-plan.ts';

const facts = (...lags: number[]) => ({
  positions: lags.map((_, partition) => ({ source: 's', topic: 't', partition, offset: 10, maxEventTimeMs: null })),
  latest: lags.map((lag, partition) => ({ source: 's', topic: 't', partition, latest: 10 + lag })),
});

function brokers(answer: () => Promise<number | null>) {
  const asked: number[][] = [];
  const recordBytes = (positions: readonly Position[]) => {
    asked.push(positions.map(({ partition }) => partition));
    return answer();
  };
  return { recordBytes, asked };
}

test('before the first batch the partitions with most to read are looked at', async () => {
  const offsets = brokers(async () => 512);
  assert.deepEqual(await knownSize(offsets, null, facts(50, 900, 0, 70, 60, 10)), { bytesPerRecord: 512, speed: null });
  assert.deepEqual(offsets.asked, [[1, 3, 4, 0]]);
});

test('nobody is asked where something is known, or little is to be read', async () => {
  const offsets = brokers(() => assert.fail('asked'));
  const known = { bytesPerRecord: 7, speed: null };
  assert.equal(await knownSize(offsets, known, facts(900)), known);
  assert.equal(await knownSize(offsets, null, facts(60, 40)), null);
});

test('brokers that are away are waited for; what is wrong with records is said by the batch', async () => {
  const failing = (code: ErrorCode) => brokers(() => Promise.reject(new MillraceError(code, 'x')));
  await assert.rejects(knownSize(failing('KAFKA_UNAVAILABLE'), null, facts(900)), { code: 'KAFKA_UNAVAILABLE' });
  for (const code of ['OFFSETS_GONE', 'CORRUPT_RECORD_BATCH'] as const) {
    assert.equal(await knownSize(failing(code), null, facts(900)), null);
  }
});
