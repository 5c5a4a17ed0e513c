import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commitCodec, decodeJob, encodeJob, offsetLogCodec } from '../../../shared/src/store/record-codec.ts';
import { aJob, commitOf, offsetsOf } from './samples.ts';

describe('records as text', () => {
  test('come back as they were', () => {
    assert.deepEqual(decodeJob(encodeJob(aJob()), 'key'), aJob());
    assert.deepEqual(commitCodec.decode(commitCodec.encode(commitOf(3)), 'key'), commitOf(3));
    assert.deepEqual(offsetLogCodec.decode(offsetLogCodec.encode(offsetsOf(3)), 'key'), offsetsOf(3));
  });

  test('versions of tables come back as they were, and are left out where there are none', () => {
    const version = { table: 't', version: 'ab', blob: 'j/table.t/ab/1.0', bytes: 7, rows: 1 };
    const tables = [{ ...version, loadedMs: 5, definition: 'cd' }];
    const [intent, commit] = [offsetsOf(3, { tables }), commitOf(3, { tables })];
    assert.deepEqual(offsetLogCodec.decode(offsetLogCodec.encode(intent), 'key'), intent);
    assert.deepEqual(commitCodec.decode(commitCodec.encode(commit), 'key'), commit);
    assert.ok(!offsetLogCodec.encode(offsetsOf(3)).includes('tables'));
  });

  const broken: [what: string, text: string][] = [
    ['not JSON', '{"version":1,'],
    ['empty', ''],
    ['null', 'null'],
    ['a missing field', JSON.stringify({ ...offsetsOf(3), ranges: undefined })],
    ['an unknown field', JSON.stringify({ ...offsetsOf(3), later: true })],
    ['a wrong type', JSON.stringify({ ...offsetsOf(3), batchId: '3' })],
    ['another kind of record', commitCodec.encode(commitOf(3))],
  ];
  for (const [what, text] of broken) {
    test(`${what} is STORE_CORRUPT and names the key`, () => {
      assert.throws(
        () => offsetLogCodec.decode(text, 'ns:job:{a}:offsets 3'),
        (error: Error & { code: string }) =>
          error.code === 'STORE_CORRUPT' && error.message.includes('ns:job:{a}:offsets 3'),
      );
    });
  }

  test('entries of before topics were told apart know none', () => {
    const { topics: _, ...intent } = offsetsOf(3);
    assert.deepEqual(offsetLogCodec.decode(JSON.stringify(intent), 'key'), { ...intent, topics: [] });
    const { topics: __, ...commit } = commitOf(3);
    assert.deepEqual(commitCodec.decode(JSON.stringify(commit), 'key'), { ...commit, topics: [] });
  });

  test('a commit of before deleted records were counted has skipped none', () => {
    const entry = commitOf(3);
    const { skippedRecords, ...counts } = entry.counts;
    assert.equal(skippedRecords, 0);
    assert.deepEqual(commitCodec.decode(JSON.stringify({ ...entry, counts }), 'key'), entry);
  });

  test('a record of a newer Millrace is refused with its version', () => {
    const text = JSON.stringify({ ...offsetsOf(3), version: 2, later: true });
    assert.throws(() => offsetLogCodec.decode(text, 'key'), { code: 'STORE_CORRUPT', message: /record version 2/ });
  });
});
