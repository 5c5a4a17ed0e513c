import { type Clock, within } from '@millrace/shared/clock';
import { toMillraceError } from '@millrace/shared/errors';
import type { JobId } from '@millrace/shared/ids';
import type { Logger } from '@millrace/shared/logging';
import type { Position } from '../planning/batch-plan.ts';
import type { OffsetSource } from '../planning/offset-source.ts';

/** Kafka's tools do not look more often, and a small batch must not cost a request of its own. */
const EVERY_MS = 1_000;
/** The first request of a cluster's life makes the topic of offsets, which takes seconds. */
const SEND_TIMEOUT_MS = 5_000;
/** A job that ends does not wait longer for what nobody depends on. */
const LAST_TIMEOUT_MS = 2_000;

/** Shows where a job stands to Kafka's own tools, as a consumer group of its name. The commit log alone is the truth. */
export type OffsetMirror = {
  /** Positions that are committed. Returns at once. */
  show(positions: readonly Position[]): void;
  /** Shows the last ones, unless the job was told to drop everything. */
  close(): Promise<void>;
};

export type OffsetMirrorParts = {
  jobId: JobId;
  offsets: OffsetSource;
  clock: Clock;
  log: Logger;
  /** Aborted: nothing is sent any more. */
  signal: AbortSignal;
};

export function createOffsetMirror(job: OffsetMirrorParts): OffsetMirror {
  const { jobId, offsets, clock, log, signal } = job;
  const closing = new AbortController();
  let waiting: readonly Position[] | null = null;
  let running: Promise<void> | null = null;
  let failed = false;

  async function send(positions: readonly Position[], timeoutMs: number): Promise<void> {
    try {
      await within(clock, timeoutMs, (late) =>
        offsets.showPositions(jobId, positions, AbortSignal.any([signal, late])),
      );
      failed = false;
    } catch (thrown) {
      // Once per trouble: it keeps nothing from working.
      if (!failed && !signal.aborted) {
        log.warn({ err: toMillraceError(thrown) }, "Kafka's own tools do not show where this job stands");
      }
      failed = true;
    }
  }

  async function run(): Promise<void> {
    while (waiting !== null && !closing.signal.aborted) {
      const positions = waiting;
      waiting = null;
      await send(positions, SEND_TIMEOUT_MS);
      await clock.delay(EVERY_MS, closing.signal).catch(() => {});
    }
    running = null;
  }

  return {
    show(positions) {
      waiting = positions;
      running ??= run();
    },
    async close() {
      closing.abort();
      await running;
      if (waiting !== null && !signal.aborted) await send(waiting, LAST_TIMEOUT_MS);
    },
  };
}
