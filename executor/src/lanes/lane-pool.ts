import { extname } from 'node:path';
import { MessageChannel, type Transferable } from 'node:worker_threads';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { Piscina } from 'piscina';
import type { LaneControl, LaneInterrupt, LaneReply, LaneRequest, LaneWorkerData } from './messages.ts';

export type LaneOptions = Omit<LaneWorkerData, 'interrupts'>;

export type Lane = {
  readonly lane: number;
  /**
   * Requests run one at a time, in order; what goes wrong in one is a reply of kind `failed`.
   * Rejects with EXECUTOR_LOST when the thread died: the executor should exit, its state is gone.
   */
  run(request: LaneRequest, transfer?: Transferable[]): Promise<LaneReply>;
  /** Stops the attempt if it runs or waits here; its reply is then a failure with code CANCELLED. */
  interrupt(attemptId: string): void;
  /** Interrupts what runs, waits for it, then ends the thread. Idempotent. */
  close(): Promise<void>;
};

/** Beside this file, as source or as built. */
const WORKER_FILE = new URL(`./lane-worker${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Starts a lane: one thread in a Piscina pool of its own, because state has a home and Piscina has no affinity. Neither
 * an AbortSignal nor destroy() is used while it works: ending a thread during a DuckDB query aborts the whole process.
 */
export function openLane(options: LaneOptions, workerFile: string = WORKER_FILE): Lane {
  const { port1: ours, port2: theirs } = new MessageChannel();
  ours.unref();
  const pool = new Piscina<LaneRequest | LaneControl, LaneReply>({
    filename: workerFile,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    recordTiming: false,
  });
  const pending = new Set<(error: MillraceError) => void>();
  const attempts = new Set<string>();
  let lost: MillraceError | null = null;
  let closing: Promise<void> | null = null;
  let ended = false;

  const laneDied = (cause: unknown) => new MillraceError('EXECUTOR_LOST', `Lane ${options.lane} died.`, { cause });
  const lose = (cause: unknown) => {
    lost ??= laneDied(cause);
    for (const reject of pending) reject(lost);
    pending.clear();
  };
  pool.on('error', lose);
  // Piscina starts another thread in place of one that died, but that one knows no job and has no state.
  pool.on('workerDestroy', () => {
    if (closing) return;
    ended = true;
    // What the thread died of, if anything is known of it, is told only after this.
    setImmediate(() => lose(new Error('the thread ended')));
  });

  function send(request: LaneRequest | LaneControl, transfer: Transferable[]): Promise<LaneReply> {
    if (lost || ended) return Promise.reject(lost ?? laneDied(new Error('the thread ended')));
    return new Promise((resolve, reject) => {
      pending.add(reject);
      pool
        .run(request, { transferList: transfer as never[] })
        .then(resolve, (error) => {
          if (error instanceof Error && error.name === 'DataCloneError') return reject(toMillraceError(error));
          // The worker answers every failure with a reply; any other rejection means that it could not.
          lose(error);
          reject(lost);
        })
        .finally(() => pending.delete(reject));
    });
  }

  async function shutDown(): Promise<void> {
    for (const attemptId of attempts) ours.postMessage({ attemptId } satisfies LaneInterrupt);
    await send({ kind: 'shutdown' }, []).catch(() => undefined);
    ours.close();
    await pool.destroy();
  }

  const started = send({ kind: 'start', data: { ...options, interrupts: theirs } }, [theirs]);
  started.catch(() => undefined);

  return {
    lane: options.lane,
    async run(request, transfer = []) {
      if (closing) throw new MillraceError('EXECUTOR_DRAINING', `Lane ${options.lane} is closed.`);
      if (request.kind !== 'runTask') return await send(request, transfer);
      attempts.add(request.attemptId);
      try {
        return await send(request, transfer);
      } finally {
        attempts.delete(request.attemptId);
      }
    },
    interrupt(attemptId) {
      ours.postMessage({ attemptId } satisfies LaneInterrupt);
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
}
