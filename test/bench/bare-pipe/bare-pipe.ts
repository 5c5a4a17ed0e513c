import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { batchHeaders, type KafkaClient } from '@millrace/shared/kafka';
import type { PipeQuery } from './pipe-queries.ts';
import type { PipeAnswer, PipeTask, PipeWorkerData } from './pipe-worker.ts';

/** As many as the executor it is compared with has lanes. */
const WORKERS = 2;
/** One task is fetched while the workers compute. */
const TASKS_AT_ONCE = WORKERS + 1;
/** As the driver cuts large batches. */
const RECORDS_PER_TASK = 250_000;
const FETCH_BYTES = 16 * 1024 * 1024;
const FETCH_WAIT_MS = 500;

export type PipeRun = { recordsPerSecond: number; records: number };

export type BarePipe = {
  /** Reads the topic up to `recordsMax` records, half of it once to warm up, then all of it by the clock. */
  run(query: PipeQuery, topic: string, recordsMax: number): Promise<PipeRun>;
  close(): Promise<void>;
};

type Range = { partition: number; from: number; until: number };

/**
 * Fetch → decode in threads → DuckDB, and nothing else: no plan, no shuffle, no state, no commits, no checks. What the same
 * machine can do at most by this way, for the engine to be measured by.
 */
export async function openBarePipe(kafka: KafkaClient, clock: Clock): Promise<BarePipe> {
  // As the roles are started (cli/src/role-process.ts): or garbage collection would make the pipe look slow.
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-pipe-'));
  const workers = await Promise.all(Array.from({ length: WORKERS }, (_, index) => startWorker(folder, index)));
  const free = [...workers];
  const waiting: ((worker: Worker) => void)[] = [];
  const acquire = async () => free.pop() ?? new Promise<Worker>((resolve) => waiting.push(resolve));
  const release = (worker: Worker) => {
    const next = waiting.shift();
    if (next) next(worker);
    else free.push(worker);
  };

  async function pass(query: PipeQuery, topic: string, ranges: readonly Range[]): Promise<PipeRun> {
    const startedMs = clock.monotonic();
    let next = 0;
    let records = 0;
    const loop = async () => {
      while (next < ranges.length) {
        const range = ranges[next++]!;
        const recordSets = await fetchRange(kafka, topic, range);
        const worker = await acquire();
        worker.postMessage({ query, recordSets } satisfies PipeTask, recordSets);
        const [answer] = (await once(worker, 'message')) as [PipeAnswer];
        release(worker);
        if (answer.rows === 0) throw new MillraceError('INTERNAL', 'the bare pipe found nothing in a task');
        records += answer.records;
      }
    };
    await Promise.all(Array.from({ length: TASKS_AT_ONCE }, loop));
    return { records, recordsPerSecond: (records * 1_000) / (clock.monotonic() - startedMs) };
  }

  return {
    async run(query, topic, recordsMax) {
      const ranges = await rangesOf(kafka, topic, recordsMax);
      await pass(query, topic, ranges.slice(0, Math.ceil(ranges.length / 2)));
      return pass(query, topic, ranges);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startWorker(folder: string, index: number): Promise<Worker> {
  const workerData: PipeWorkerData = { path: join(folder, `${index}.ndjson`) };
  const worker = new Worker(new URL('./pipe-worker.ts', import.meta.url), { workerData });
  await once(worker, 'message');
  return worker;
}

/** Partitions in turn, so that event time moves on in all of them as it does for the engine. */
async function rangesOf(kafka: KafkaClient, topic: string, recordsMax: number): Promise<Range[]> {
  const ends = await kafka.listOffsets([topic], 'latest');
  const perPartition = Math.floor(recordsMax / ends.length);
  const perPartitionTask = Math.min(RECORDS_PER_TASK, perPartition);
  const ranges = ends.flatMap(({ partition, offset }) => {
    const end = Math.min(offset, perPartition);
    const count = Math.ceil(end / perPartitionTask);
    return Array.from({ length: count }, (_, task) => {
      return { partition, from: task * perPartitionTask, until: Math.min(end, (task + 1) * perPartitionTask) };
    });
  });
  return ranges.sort((a, b) => a.from - b.from);
}

/** Whole batches that begin in the range, so that every record is counted once. */
async function fetchRange(
  kafka: KafkaClient,
  topic: string,
  { partition, from, until }: Range,
): Promise<ArrayBuffer[]> {
  const sets: ArrayBuffer[] = [];
  for (let offset = from; offset < until; ) {
    const limits = { waitMaxMs: FETCH_WAIT_MS, bytesMin: 1, bytesMax: FETCH_BYTES };
    const [fetched] = await kafka.fetch([{ topic, partition, offset, bytesMax: FETCH_BYTES }], limits);
    const { records } = fetched!;
    let start = -1;
    let end = 0;
    for (const batch of batchHeaders(records)) {
      if (batch.baseOffset >= until) break;
      if (start < 0 && batch.baseOffset >= from) start = batch.start;
      end = batch.end;
      offset = batch.lastOffset + 1;
    }
    if (start < 0) continue;
    const set = new ArrayBuffer(end - start);
    Buffer.from(set).set(records.subarray(start, end));
    sets.push(set);
  }
  return sets;
}
