import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import type { DataLossPolicy } from '@millrace/shared/spec';
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
  onDataLoss: DataLossPolicy = 'fail',
) =>
  readRanges(
    ranges.map((range) => ({ source: 's', topic: 't', ...range })),
    { fetch, sizing: createFetchSizing(), onDataLoss, clock: waitingClock(), signal: new AbortController().signal },
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

test('a batch that no fetch can hold is too large, and named', async () => {
  const { fetch, asked } = scriptedFetch(({ offset }) => ({ records: recordBatch(offset, 10).subarray(0, 70) }));
  await assert.rejects(read([{ partition: 3, from: 4, until: 10 }], fetch), {
    code: 'RECORD_TOO_LARGE',
    message: /t\/3@4 is too large to read/,
    hint: /268435456 bytes/,
    details: { topic: 't', partition: 3, offset: 4 },
  });
  assert.ok(asked.at(-1)![0]!.bytesMax >= 256 * 1024 * 1024);
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

/** A log of which partition 0 begins at 7 and partition 1 at 100. */
function shortenedLog() {
  const startOf = (partition: number) => (partition === 0 ? 7 : 100);
  const { fetch, asked } = scriptedFetch(({ partition, offset }) => ({
    records: recordBatch(offset, partition === 0 ? 3 : 10),
  }));
  const shortened: FetchRecords = async (wants, options) => {
    const gone = wants.find(({ partition, offset }) => offset < startOf(partition));
    if (!gone) return fetch(wants, options);
    const { topic, partition, offset } = gone;
    const details = { topic, partition, offset, logStartOffset: startOf(partition) };
    throw new MillraceError('OFFSETS_GONE', 'gone', { details });
  };
  return { fetch: shortened, asked };
}

test('records that were deleted are passed over and counted, where the job wants that', async () => {
  const { fetch, asked } = shortenedLog();
  const ranges = await read(
    [
      { partition: 0, from: 0, until: 10 },
      { partition: 1, from: 40, until: 90 },
      { partition: 1, from: 90, until: 110 },
    ],
    fetch,
    'skip',
  );
  assert.deepEqual(
    ranges.map(({ skipped, recordSets }) => [skipped, recordSets.length]),
    [
      [7, 1],
      [50, 0],
      [10, 1],
    ],
  );
  assert.deepEqual(
    asked.flat().map(({ partition, offset }) => `${partition}@${offset}`),
    ['0@7', '1@100'],
  );
});

test('what was read before the next records were deleted stays', async () => {
  let start = 0;
  const fetch: FetchRecords = async (wants) => {
    const { topic, partition, offset } = wants[0]!;
    const details = { topic, partition, offset, logStartOffset: start };
    if (offset < start) throw new MillraceError('OFFSETS_GONE', 'gone', { details });
    const records = start === 0 ? recordBatch(0, 10) : recordBatch(20, 20);
    start = 25;
    return [{ topic, partition, lastStableOffset: 40, abortedTransactions: [], records }];
  };
  const ranges = await read([{ partition: 0, from: 0, until: 40 }], fetch, 'skip');
  assert.deepEqual(
    ranges.map(({ from, until, skipped, recordSets }) => [from, until, skipped, recordSets.length]),
    [
      [0, 10, 0, 1],
      [25, 40, 15, 1],
    ],
  );
});

test('records that were deleted end the read where the job does not want that, and offsets past the end always', async () => {
  const { fetch } = shortenedLog();
  await assert.rejects(read([{ partition: 0, from: 0, until: 10 }], fetch), { code: 'OFFSETS_GONE' });
  const details = { topic: 't', partition: 0, offset: 5, logStartOffset: 5 };
  const beyond = () => Promise.reject(new MillraceError('OFFSETS_GONE', 'past the end', { details }));
  await assert.rejects(read([{ partition: 0, from: 5, until: 10 }], beyond, 'skip'), /past the end/);
});

test('a failure of the fetch ends the read', async () => {
  await assert.rejects(
    read([{ partition: 0, from: 0, until: 1 }], () => Promise.reject(new Error('down'))),
    /down/,
  );
});

test('a batch whose header says that it ends before the offset asked for is an error, not asked for for ever', async () => {
  const { fetch } = scriptedFetch(() => ({ records: recordBatch(0, 4) }));
  await assert.rejects(read([{ partition: 0, from: 0, until: 10 }], fetch), {
    code: 'CORRUPT_RECORD_BATCH',
    message: /^t\/0: the record batch with offset 4 /,
  });
});
