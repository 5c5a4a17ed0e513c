import type { Progress, WatchEvent } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { fromFailure, MillraceError } from '@millrace/shared/errors';
import { call, stream } from '@millrace/shared/rpc';
import type { ControlClient } from './engine.ts';
import type { BenchJob } from './job-specs.ts';
import type { Batch } from './steady-rate.ts';

/** Submit asks Kafka about the topic and DuckDB about the query; cancelling waits for the lanes. */
const CALL_TIMEOUT_MS = 30_000;
const ENDED = new Set(['stopped', 'finished', 'failed']);

export async function submit(control: ControlClient, { name, text }: BenchJob): Promise<void> {
  await call(control, 'Submit', { specText: text, fileName: `${name}.json`, dryRun: false }, timeout);
}

/** Stops a job at once and forgets it. */
export async function remove(control: ControlClient, { name }: BenchJob): Promise<void> {
  await call(control, 'CancelJob', { jobId: name }, timeout);
  await call(control, 'DeleteJob', { jobId: name }, timeout);
}

const timeout = { timeoutMs: CALL_TIMEOUT_MS };

/** A batch of a job with all that the driver tells of it. */
export type CommittedBatch = Batch & { batchId: number; progress: Progress };

/** Batches of a job as they are committed, until it ends or the signal is aborted. The error of a job that fails is thrown. */
export async function* watchBatches(
  control: ControlClient,
  { name }: BenchJob,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<CommittedBatch> {
  for await (const event of stream(control, 'Watch', { jobId: name }, { signal })) {
    const { progress } = event;
    if (progress) {
      const { batchId, durationMs, phases, counts } = progress;
      yield { batchId, atMs: clock.monotonic(), records: counts?.recordsIn ?? 0, durationMs, phases, progress };
    }
    if (hasEnded(event, name)) return;
  }
}

function hasEnded({ job }: WatchEvent, name: string): boolean {
  if (!job || !ENDED.has(job.status)) return false;
  if (job.status === 'failed') {
    throw job.failure ? fromFailure(job.failure) : new MillraceError('INTERNAL', `job ${name} failed`);
  }
  return true;
}

/** The batches up to the one that makes `records` full. */
export async function takeRecords(batches: AsyncGenerator<CommittedBatch>, records: number): Promise<CommittedBatch[]> {
  const taken: CommittedBatch[] = [];
  for (let left = records; left > 0; ) {
    const { value, done } = await batches.next();
    if (done) throw new MillraceError('INTERNAL', `the job ended with ${left} records to go`);
    taken.push(value);
    left -= value.records;
  }
  return taken;
}

export type JobRun = { job: BenchJob; commitsMax?: number; timeLimitMs: number; clock: Clock };

/** Runs a job until its input ends or it has committed so many batches, then removes it. TIMED_OUT when it takes too long. */
export async function runJob(
  control: ControlClient,
  { job, commitsMax = Number.POSITIVE_INFINITY, timeLimitMs, clock }: JobRun,
  onBatch: (batch: CommittedBatch) => void = () => undefined,
): Promise<CommittedBatch[]> {
  const batches: CommittedBatch[] = [];
  const signal = AbortSignal.timeout(timeLimitMs);
  await submit(control, job);
  try {
    for await (const batch of watchBatches(control, job, { clock, signal })) {
      batches.push(batch);
      onBatch(batch);
      if (batches.length >= commitsMax) break;
    }
  } finally {
    await remove(control, job);
  }
  return batches;
}
