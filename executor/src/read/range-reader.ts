import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import type { DataLossPolicy } from '@millrace/shared/spec';
import type { LaneRange } from '../lanes/messages.ts';
import { deletedRecords } from './deleted-records.ts';
import { completeBatches, judgeFetch } from './range-reader-progress.ts';
import type { FetchSizing } from './range-reader-sizing.ts';

/** Offsets `[from, until)` of one topic partition. */
export type ReadRange = { source: string; topic: string; partition: number; from: number; until: number };

/** The part of a KafkaClient that reads; several partitions in one request, leaders asked in parallel. */
export type FetchRecords = (
  wants: { topic: string; partition: number; offset: number; bytesMax: number }[],
  options: { waitMaxMs: number; bytesMin: number; bytesMax: number; signal: AbortSignal },
) => Promise<FetchedPartition[]>;

export type FetchedPartition = {
  topic: string;
  partition: number;
  lastStableOffset: number;
  abortedTransactions: { producerId: bigint; firstOffset: number }[];
  records: Uint8Array;
};

/** Of one partition in one request: large enough that a task takes few round trips, small enough to interleave tasks. */
const PARTITION_BYTES_MAX = 16 * 1024 * 1024;
/** Of one request; bounds what a response holds before it is copied out. */
const RESPONSE_BYTES_MAX = 48 * 1024 * 1024;
/** A request is never so small that a short estimate costs another round trip. */
const PARTITION_BYTES_MIN = 256 * 1024;
/** Room over the estimate, for batches that reach over the range and for records above the average. */
const ESTIMATE_SLACK = 1.15;
/** A single batch above it cannot be read; brokers refuse such messages long before by default. */
const BATCH_BYTES_MAX = 256 * 1024 * 1024;
/** Below it a copy costs next to nothing. */
const OWNED_BYTES_MIN = 128 * 1024;
/** The broker holds an answer with nothing in it so long. Planned ranges are there, so it is rarely waited for. */
const FETCH_WAIT_MS = 500;
/** After a request that brought nothing, so that a broker which answers at once is not asked in a tight loop. */
const STALL_PAUSE_MS = 50;
/** Longer than a leader election takes; a log that is still short then has lost records that were planned. */
const STALL_MAX_MS = 30_000;

type Progress = {
  range: ReadRange;
  next: number;
  covered: boolean;
  bytesMin: number;
  parts: Uint8Array[];
  aborted: Map<string, { producerId: bigint; firstOffset: number }>;
  skipped: number;
};

type Round = { advanced: boolean; askAlone: Progress | null };

export type RangeReading = {
  fetch: FetchRecords;
  sizing: FetchSizing;
  onDataLoss: DataLossPolicy;
  clock: Clock;
  signal: AbortSignal;
};

/**
 * Reads ranges of one Kafka cluster to their ends. Each result holds its record sets in offset order (none when the
 * range is a gap); a transaction may span several of them. A range of which records in the middle are deleted becomes two.
 * TIMED_OUT when the log stays short of a range; errors of the fetch pass through, OFFSETS_GONE of deleted records only where
 * they are not to be skipped.
 */
export async function readRanges(ranges: readonly ReadRange[], deps: RangeReading): Promise<LaneRange[]> {
  let all = ranges.map((range) => startProgress(range));
  let alone: Progress | null = null;
  let progressAtMs = deps.clock.monotonic();
  for (let open = all.filter(isOpen); open.length > 0; open = all.filter(isOpen)) {
    const asked: Progress[] = alone ? [alone] : oncePerPartition(open);
    const round = await fetchRound(asked, deps).catch((error: unknown): Round => {
      all = deps.onDataLoss === 'skip' ? withoutDeleted(all, asked, error) : rethrow(error);
      return { advanced: true, askAlone: null };
    });
    alone = round.askAlone;
    if (round.advanced) progressAtMs = deps.clock.monotonic();
    else if (deps.clock.monotonic() - progressAtMs > STALL_MAX_MS) throw stalled(open);
    else await deps.clock.delay(STALL_PAUSE_MS, deps.signal);
  }
  return all.map(toLaneRange);
}

function startProgress(range: ReadRange, skipped = 0): Progress {
  const covered = range.from >= range.until;
  return { range, next: range.from, covered, bytesMin: PARTITION_BYTES_MIN, parts: [], aborted: new Map(), skipped };
}

const isOpen = (progress: Progress) => !progress.covered;

/** A request names a partition once: a second range of the same partition waits for the first. */
function oncePerPartition(open: readonly Progress[]): Progress[] {
  return [...new Map(open.toReversed().map((progress) => [keyOf(progress.range), progress])).values()].reverse();
}

const keyOf = (at: { topic: string; partition: number }) => `${at.partition}/${at.topic}`;

/**
 * Ranges to go on with when the next records of one are deleted: what was read of it stays, and the rest begins where its partition
 * begins now. A batch may reach over that place, so the rest is a range of its own: its bounds keep the deleted records out.
 */
function withoutDeleted(all: readonly Progress[], asked: readonly Progress[], thrown: unknown): Progress[] {
  const deleted = deletedRecords(thrown);
  const short = deleted && asked.find(({ range }) => keyOf(range) === keyOf(deleted));
  if (!deleted || !short) return rethrow(thrown);
  const { range, next } = short;
  const from = Math.min(range.until, deleted.logStartOffset);
  const rest = startProgress({ ...range, from }, from - next);
  const done = { ...short, range: { ...range, until: next }, covered: true };
  return all.flatMap((progress) => (progress !== short ? [progress] : next === range.from ? [rest] : [done, rest]));
}

function rethrow(thrown: unknown): never {
  throw thrown;
}

async function fetchRound(asked: readonly Progress[], deps: RangeReading): Promise<Round> {
  const wants = asked.map((progress) => ({
    topic: progress.range.topic,
    partition: progress.range.partition,
    offset: progress.next,
    bytesMax: wantedBytes(progress, deps.sizing),
  }));
  const bytesMax = Math.max(RESPONSE_BYTES_MAX, ...wants.map((want) => want.bytesMax));
  const limits = { waitMaxMs: FETCH_WAIT_MS, bytesMin: 1, bytesMax, signal: deps.signal };
  const answers = new Map((await deps.fetch(wants, limits)).map((fetched) => [keyOf(fetched), fetched]));
  let advanced = false;
  let askAlone: Progress | null = null;
  for (const progress of asked) {
    const fetched = answers.get(keyOf(progress.range));
    if (!fetched) continue;
    const outcome = accept(progress, fetched, asked.length === 1);
    if (outcome === 'advanced') advanced = true;
    if (outcome === 'askAlone') askAlone ??= progress;
  }
  // Asking alone is a step forward by itself: the answer decides.
  return { advanced: advanced || askAlone !== null, askAlone };
}

function wantedBytes(progress: Progress, sizing: FetchSizing): number {
  const { range, next, bytesMin } = progress;
  const estimate = Math.ceil(sizing.estimate(range.topic, range.until - next) * ESTIMATE_SLACK);
  return Math.max(bytesMin, Math.min(estimate, PARTITION_BYTES_MAX));
}

function accept(progress: Progress, fetched: FetchedPartition, alone: boolean): 'advanced' | 'askAlone' | 'nothing' {
  const { until } = progress.range;
  const batches = completeBatches(fetched.records, until);
  if (batches.bytes > 0) progress.parts.push(fetched.records.subarray(0, batches.bytes));
  for (const aborted of fetched.abortedTransactions) {
    progress.aborted.set(`${aborted.producerId}@${aborted.firstOffset}`, aborted);
  }
  const { lastStableOffset } = fetched;
  const bytesSent = fetched.records.byteLength;
  const judgement = judgeFetch({ asked: progress.next, until, batches, bytesSent, lastStableOffset, alone });
  switch (judgement.kind) {
    case 'covered':
      progress.covered = true;
      return 'advanced';
    case 'more':
      progress.next = judgement.next;
      return 'advanced';
    case 'tooSmall':
      progress.bytesMin = moreBytes(progress);
      return 'advanced';
    case 'askAlone':
      return 'askAlone';
    case 'stalled':
      return 'nothing';
    case 'damaged':
      throw damaged(progress);
    default:
      return judgement satisfies never;
  }
}

function moreBytes({ bytesMin, range, next }: Progress): number {
  if (bytesMin < BATCH_BYTES_MAX) return Math.max(bytesMin * 4, PARTITION_BYTES_MAX);
  const { topic, partition } = range;
  throw new MillraceError(
    'RECORD_TOO_LARGE',
    `the record batch at ${topic}/${partition}@${next} is too large to read`,
    {
      hint: `batches may have up to ${BATCH_BYTES_MAX} bytes`,
      details: { topic, partition, offset: next },
    },
  );
}

function damaged({ range: { topic, partition }, next: offset }: Progress): MillraceError {
  return new MillraceError(
    'CORRUPT_RECORD_BATCH',
    `${topic}/${partition}: the record batch with offset ${offset} is corrupt: it claims to end before.`,
    { details: { topic, partition, offset } },
  );
}

function stalled(open: readonly Progress[]): MillraceError {
  const { range, next } = open[0]!;
  const at = `${range.topic}/${range.partition}`;
  return new MillraceError('TIMED_OUT', `${at} ends at ${next}, records up to ${range.until} were planned`, {
    hint: 'was the topic made anew, or did a broker that lagged behind become its leader?',
    details: { topic: range.topic, partition: range.partition, offset: next, until: range.until },
  });
}

function toLaneRange({ range, parts, aborted, skipped }: Progress): LaneRange {
  const recordSets = parts.map(transferable);
  // Ordered by first offset, as brokers send them: the filter for aborted transactions relies on it.
  const abortedTransactions = [...aborted.values()].sort((a, b) => a.firstOffset - b.firstOffset);
  return { ...range, recordSets, abortedTransactions, skipped };
}

/**
 * The record sets as views over the responses, which own their memory and change threads without a copy. Small ones are
 * copied: their memory may be shared, and a view would keep a whole response alive.
 */
function transferable(part: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = part;
  const owned = buffer instanceof ArrayBuffer && byteLength >= OWNED_BYTES_MIN && byteLength * 2 >= buffer.byteLength;
  return owned ? (part as Uint8Array<ArrayBuffer>) : new Uint8Array(part);
}
