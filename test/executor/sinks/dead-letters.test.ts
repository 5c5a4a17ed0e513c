import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecords, recordBatches } from '@millrace/shared/kafka';
import type { BadRecord } from '../../../executor/src/lanes/messages.ts';
import { deadLetterLine, encodeDeadLetters } from '../../../executor/src/sinks/dead-letters.ts';

const RECORD: BadRecord = {
  source: 'payments',
  topic: 'payments',
  partition: 3,
  offset: 41,
  timestampMs: 1_700_000_000_000,
  reason: 'malformed',
  detail: 'Unexpected end of JSON input',
  key: null,
  value: Buffer.from([0x7b, 0xff]),
};

test('a dead letter holds the raw bytes, the place, the batch and the reason', () => {
  assert.deepEqual(JSON.parse(deadLetterLine(RECORD, 7)), {
    ...{ source: 'payments', topic: 'payments', partition: 3, offset: 41, timestamp: '2023-11-14T22:13:20.000Z' },
    ...{ batch: 7, reason: 'malformed', detail: 'Unexpected end of JSON input', key: null, value: 'e/8=' },
  });
});

test('a timestamp that is no date is written as it is', () => {
  assert.equal(JSON.parse(deadLetterLine({ ...RECORD, timestampMs: 2 ** 62 }, 0)).timestamp, 2 ** 62);
});

test('what would not fit into a record of Kafka is cut, and says how long it was', async () => {
  const bytesMax = 100_000;
  const encoding = {
    ...{ kind: 'recordBatches' as const, partitions: 1, keyColumns: [], headers: {} },
    ...{ compression: 'none' as const, batchBytesMax: bytesMax },
  };
  const record = {
    ...RECORD,
    key: Buffer.alloc(200_000, 'k'),
    value: Buffer.alloc(300_000, 'v'),
    detail: 'x'.repeat(9_000),
  };
  const options = { filePath: '', batchId: 7, batchTimestampMs: 0 };
  const encoded = await encodeDeadLetters([record, RECORD], encoding, options);
  assert.equal(encoded.kind, 'recordBatches');
  const [cut, whole] = encoded.partitions
    .flatMap(({ batches }) => batches.flatMap((batch) => [...recordBatches(new Uint8Array(batch))]))
    .flatMap((batch) =>
      [...readRecords(batch)].map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>),
    );
  assert.deepEqual(
    [cut!.keyBytes, cut!.valueBytes, whole!.keyBytes, whole!.valueBytes],
    [200_000, 300_000, undefined, undefined],
  );
  const value = Buffer.from(String(cut!.value), 'base64');
  assert.ok(value.length > bytesMax / 3 && value.equals(record.value.subarray(0, value.length)), String(value.length));
});
