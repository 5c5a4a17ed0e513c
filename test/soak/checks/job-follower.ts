import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { hasRead, type Ledger, type Positions } from '../workload/ledger.ts';
import { type JobNow, jobNowOf, readJobTexts } from './batch-log.ts';
import { assertCounts, assertFollows, type Batch, type BatchReading, positionsOf, readingOf } from './batch-rules.ts';

/** Holds every batch that a job commits against the rules and the ledger. */
export type JobFollower = {
  readonly job: string;
  /** Of every committed batch, by its id. */
  readings: readonly BatchReading[];
  /** Rows that it has counted as late. */
  lateRows(): number;
  positions(): Positions;
  /** All that is committed is published as well. */
  isPublished(): boolean;
  isStopped(): boolean;
  /** Times that its run was ended by a failure and begun again, and the last reason. */
  restarts(): { count: number; last: string };
  /** Takes the batches that are new. Rejects when a promise is broken; does nothing while Redis is away. */
  look(): Promise<void>;
};

export function followJob(redis: Redis, namespace: string, job: string, ledger: Ledger): JobFollower {
  const readings: BatchReading[] = [];
  /** Their records are not all in the ledger yet. */
  let uncounted: Batch[] = [];
  let last: Batch | null = null;
  let isPublished = false;
  let lateRows = 0;
  let observed = '';
  const restarts = { count: 0, last: '' };

  function take(batch: Batch): void {
    assertFollows(last, batch);
    last = batch;
    lateRows += batch.commit.counts.lateRows;
    readings.push(readingOf(batch));
    uncounted.push(batch);
  }

  function countWhatIsRead(): void {
    const { read = [], open = [] } = Object.groupBy(uncounted, ({ commit }) =>
      hasRead(ledger, positionsOf(commit)) ? 'read' : 'open',
    );
    uncounted = open;
    for (const batch of read) assertCounts(batch, ledger);
  }
  function noteStatus(now: JobNow): void {
    assert.notEqual(now.observed, 'failed', `job ${job} failed: ${now.failure}`);
    if (now.observed === 'restarting' && observed !== 'restarting') {
      restarts.count += 1;
      restarts.last = now.failure ?? '';
    }
    observed = now.observed;
    isPublished = now.isPublished;
  }

  return {
    job,
    readings,
    lateRows: () => lateRows,
    positions: () => (last ? positionsOf(last.commit) : []),
    isPublished: () => isPublished,
    isStopped: () => observed === 'stopped',
    restarts: () => restarts,
    async look() {
      const from = Math.max(0, readings.length - 1);
      const texts = await readJobTexts(redis, namespace, job, from).catch(() => null);
      if (!texts) return;
      const now = jobNowOf(texts);
      noteStatus(now);
      // The last one that was seen comes again: what is committed stays, also when Redis was killed.
      const known = last ? now.batches.shift() : null;
      assert.deepEqual(asCommitted(known), asCommitted(last), `${job} still has the batch that it had committed`);
      for (const batch of now.batches) take(batch);
      countWhatIsRead();
    },
  };
}

/** Without where its output lies: a sink may lose what was prepared until it is published, and prepare it again. */
function asCommitted(batch: Batch | null | undefined) {
  if (!batch) return batch;
  const outputs = batch.commit.outputs.map(({ detailJson, ...output }) => output);
  return { ...batch, commit: { ...batch.commit, outputs } };
}
