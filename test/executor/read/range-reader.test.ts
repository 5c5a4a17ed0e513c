import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from '@millrace/shared/clock';
import { type FetchRecords, readRanges } from '../../../executor/src/read/range-reader.ts';
import { createFetchSizing } from '../../../executor/src/read/range-reader-sizing.ts';
import { joinBatches, recordBatch } from './record-batch.ts';

/** Time passes only while somebody waits. */
function waitingClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    delay: async (ms, signal) => {
      signal?.throwIfAborted();
      nowMs += ms;
    },
  };
}

type Answer = {
  records?: Uint8Array;
  lastStableOffset?: number;
  aborted?: { producerId: bigint; firstOffset: number }[];
};
type Want = Parameters<FetchRecords>[0][number];

/** Answers each want by topic partition and offset; keeps what was asked. */
function scriptedFetch(answer: (want: Want, alone: boolean) => Answer): { fetch: FetchRecords; asked: Want[][] } {
  const asked: Want[][] = [];
  const fetch: FetchRecords = async (wants) => {
    asked.push(wants);
    return wants.map((want) => {
      const {
        records = new Uint8Array(),
        lastStableOffset = 1_000_000,
        aborted = [],
      } = answer(want, wants.length === 1);
      return { topic: want.topic, partition: want.partition, lastStableOffset, abortedTransactions: aborted, records };
    });
  };
  return { fetch, asked };
}

const read = (
  ranges: { partition: number; from: number; until: number }[],
  fetch: FetchRecords,
  signal = new AbortController().signal,
) =>
  readRanges(
    ranges.map((range) => ({ source: 's', topic: 't', ...range })),
    { fetch, sizing: createFetchSizing(), clock: waitingClock(), signal },
  );

test('several partitions in one request, each followed up until it is covered', async () => {
  const { fetch, asked } = scriptedFetch(({ partition, offset }) => ({
    records: recordBatch(offset, partition === 0 ? 10 : 5),
  }));
  const ranges = await read(
    [
      { partition: 0, from: 0, until: 10 },
      { partition: 1, from: 100, until: 110 },
    ],
    fetch,
  );
  assert.deepEqual(
    asked.map((wants) => wants.map(({ partition, offset }) => `${partition}@${offset}`)),
    [['0@0', '1@100'], ['1@105']],
  );
  assert.deepEqual(
    ranges.map(({ recordSets }) => recordSets.map((set) => set.byteLength)),
    [[101], [101, 101]],
  );
  assert.deepEqual(joinBatches(...ranges[1]!.recordSets), joinBatches(recordBatch(100, 5), recordBatch(105, 5)));
});

test('batches beyond the range are not handed on', async () => {
  const { fetch } = scriptedFetch(() => ({ records: joinBatches(recordBatch(0, 10), recordBatch(10, 10)) }));
  const [range] = await read([{ partition: 0, from: 0, until: 10 }], fetch);
  assert.deepEqual(
    range!.recordSets.map((set) => set.byteLength),
    [101],
  );
});

test('a gap at the end of the log ends the range once it is confirmed alone', async () => {
  const { fetch, asked } = scriptedFetch(({ partition, offset }) =>
    partition === 0 ? {} : { records: recordBatch(offset, 10) },
  );
  const ranges = await read(
    [
      { partition: 0, from: 0, until: 10 },
      { partition: 1, from: 0, until: 10 },
    ],
    fetch,
  );
  assert.deepEqual(
    ranges.map(({ recordSets }) => recordSets.length),
    [0, 1],
  );
  assert.deepEqual(
    asked.map((wants) => wants.length),
    [2, 1],
  );
});

test('an empty range asks for nothing', async () => {
  const { fetch, asked } = scriptedFetch(() => ({}));
  assert.equal((await read([{ partition: 0, from: 7, until: 7 }], fetch)).length, 1);
  assert.equal(asked.length, 0);
});

test('two ranges of one partition are read one after the other', async () => {
  const { fetch, asked } = scriptedFetch(({ offset }) => ({ records: recordBatch(offset, 10) }));
  const ranges = await read(
    [
      { partition: 0, from: 0, until: 10 },
      { partition: 0, from: 50, until: 60 },
    ],
    fetch,
  );
  assert.deepEqual(
    asked.map((wants) => wants.map(({ offset }) => offset)),
    [[0], [50]],
  );
  assert.deepEqual(
    ranges.map(({ from }) => from),
    [0, 50],
  );
});

test('a batch that does not fit is asked for with more bytes', async () => {
  const { fetch, asked } = scriptedFetch(({ offset, bytesMax }) => ({
    records: bytesMax > 1024 * 1024 ? recordBatch(offset, 10) : recordBatch(offset, 10).subarray(0, 70),
  }));
  await read([{ partition: 0, from: 0, until: 10 }], fetch);
  assert.equal(asked.length, 2);
  assert.ok(asked[1]![0]!.bytesMax > asked[0]![0]!.bytesMax);
});

test('a log that stays short of the range is an error that says so', async () => {
  const { fetch } = scriptedFetch(() => ({ lastStableOffset: 4 }));
  await assert.rejects(read([{ partition: 3, from: 4, until: 10 }], fetch), {
    code: 'TIMED_OUT',
    details: { topic: 't', partition: 3, offset: 4, until: 10 },
  });
});

test('aborted transactions of all responses are handed on once, in order', async () => {
  const { fetch } = scriptedFetch(({ offset }) => ({
    records: recordBatch(offset, 5),
    aborted: [
      { producerId: 9n, firstOffset: 3 },
      { producerId: 8n, firstOffset: offset === 0 ? 1 : 6 },
    ],
  }));
  const [range] = await read([{ partition: 0, from: 0, until: 10 }], fetch);
  assert.deepEqual(
    range!.abortedTransactions.map(({ producerId, firstOffset }) => [producerId, firstOffset]),
    [
      [8n, 1],
      [9n, 3],
      [8n, 6],
    ],
  );
});

test('a failure of the fetch ends the read', async () => {
  await assert.rejects(
    read([{ partition: 0, from: 0, until: 1 }], () => Promise.reject(new Error('down'))),
    /down/,
  );
});
