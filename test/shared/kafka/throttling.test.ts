import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import { readRanges } from '../../../executor/src/read/range-reader.ts';
import { createFetchSizing } from '../../../executor/src/read/range-reader-sizing.ts';
import { kafkaTool } from '../../servers/index.ts';
import { kafkaUnderTest, writeValues } from './kafka-under-test.ts';

const RECORDS = 6;
const RECORD_BYTES = 500_000;
/** Four seconds for all of it. */
const BYTES_PER_SECOND = 750_000;

test('a broker that throttles is obeyed: reading takes longer, and ends', async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t);
  for (let record = 0; record < RECORDS; record++) {
    await kafka.produce([{ topic, partition: 0, batches: writeValues(['x'.repeat(RECORD_BYTES)]) }], { acks: -1 });
  }
  const clientId = `throttled-${randomUUID()}`;
  const entity = ['--entity-type', 'clients', '--entity-name', clientId];
  await kafkaTool('kafka-configs', brokers, [
    '--alter',
    '--add-config',
    `consumer_byte_rate=${BYTES_PER_SECOND}`,
    ...entity,
  ]);
  const throttled = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId, clock: systemClock });
  t.after(() => throttled.close());

  const startedAt = performance.now();
  let asked = 0;
  const ranges = await readRanges([{ source: 's', topic, partition: 0, from: 0, until: RECORDS }], {
    // One record a fetch, so that the broker has something to hold back.
    fetch: ([want], options) => {
      asked += 1;
      return throttled.fetch([{ ...want!, bytesMax: 1 }], { ...options, bytesMax: 1 });
    },
    sizing: createFetchSizing(),
    onDataLoss: 'fail',
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const tookMs = performance.now() - startedAt;
  t.diagnostic(`${RECORDS} records of ${RECORD_BYTES} bytes at ${BYTES_PER_SECOND} bytes/s: ${tookMs.toFixed(0)} ms`);
  assert.equal(ranges[0]!.recordSets.length, RECORDS);
  assert.equal(asked, RECORDS, 'nothing was asked for twice');
  assert.ok(tookMs > 1_500, `${tookMs} ms: the broker throttled nothing`);
});
