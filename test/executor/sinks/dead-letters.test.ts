import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BadRecord } from '../../../executor/src/lanes/messages.ts';
import { deadLetterLine } from '../../../executor/src/sinks/dead-letters.ts';

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
