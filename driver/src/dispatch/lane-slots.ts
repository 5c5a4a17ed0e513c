import { MillraceError } from '@millrace/shared/errors';
import type { ExecutorEntry, ExecutorRegistry } from './executor-registry.ts';

/** Tasks an executor holds per lane: one computes, the other fetches meanwhile. */
const SLOTS_PER_LANE = 2;

export type SlotRequest = {
  jobId: string;
  /** The executor it must run on (its state lives there), or null for any. */
  incarnation: string | null;
  /** Executors to avoid while there are others: the task failed there. */
  avoid: ReadonlySet<string>;
  signal: AbortSignal;
};

export type Slot = { executor: ExecutorEntry; release(): void };

export type LaneSlots = {
  /**
   * Waits for room on an executor. Jobs that have fewer tasks running go first, so many jobs share the lanes fairly.
   * Rejects with EXECUTOR_LOST when the wanted executor goes away, or with the signal's reason.
   */
  acquire(request: SlotRequest): Promise<Slot>;
  /** A slot of a lane with nothing to do, on another executor than `not`; null when there is none or somebody waits for one. */
  acquireIdle(request: { jobId: string; not: string }): Slot | null;
  /**
   * Waits until an executor has nothing else to do, and keeps it so until the slot is released: what goes wrong there is nobody
   * else's fault. One executor at a time is set aside so; the others serve on.
   */
  acquireAlone(request: { jobId: string; signal: AbortSignal }): Promise<Slot>;
  close(): void;
};

type Waiter = SlotRequest & { resolve(slot: Slot): void; reject(error: unknown): void };
type Loner = { jobId: string; resolve(slot: Slot): void };

export function createLaneSlots(registry: ExecutorRegistry): LaneSlots {
  const waiters: Waiter[] = [];
  const usedByExecutor = new Map<string, number>();
  const usedByJob = new Map<string, number>();
  const loners: Loner[] = [];
  /** For the first of the loners, or for the one that has it. */
  let aside: { executor: ExecutorEntry; isHeld: boolean } | null = null;
  const usedOf = ({ incarnation }: ExecutorEntry) => usedByExecutor.get(incarnation) ?? 0;
  const add = (map: Map<string, number>, key: string, change: number) => map.set(key, (map.get(key) ?? 0) + change);

  function take(jobId: string, executor: ExecutorEntry): Slot {
    add(usedByExecutor, executor.incarnation, 1);
    add(usedByJob, jobId, 1);
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      add(usedByExecutor, executor.incarnation, -1);
      add(usedByJob, jobId, -1);
      dispatch();
    };
    return { executor, release };
  }

  function serveLoner(): void {
    if (aside?.isHeld) return;
    if (aside?.executor.status !== 'alive' || loners.length === 0) aside = null;
    const [loner] = loners;
    const [idlest] = registry.alive().toSorted((a, b) => usedOf(a) - usedOf(b));
    if (!loner || !idlest) return;
    aside ??= { executor: idlest, isHeld: false };
    if (usedOf(aside.executor) > 0) return;
    loners.shift();
    aside.isHeld = true;
    const { executor, release } = take(loner.jobId, aside.executor);
    loner.resolve({
      executor,
      release: () => {
        if (aside?.executor === executor) aside = null;
        release();
      },
    });
  }

  function dispatch(): void {
    serveLoner();
    for (;;) {
      const executors = registry.alive().map((executor) => ({
        executor,
        room: executor === aside?.executor ? 0 : executor.lanes * SLOTS_PER_LANE - usedOf(executor),
      }));
      const next = chooseGrant(waiters, executors, (job) => usedByJob.get(job) ?? 0);
      if (!next) return;
      waiters.splice(waiters.indexOf(next.waiter), 1);
      next.waiter.resolve(take(next.waiter.jobId, next.executor));
    }
  }

  const unsubscribe = registry.onEvent((event) => {
    if (event.kind === 'executorLost' || event.kind === 'executorLeft') {
      for (const waiter of waiters.filter((candidate) => candidate.incarnation === event.executor.incarnation)) {
        waiters.splice(waiters.indexOf(waiter), 1);
        waiter.reject(lost(event.executor.incarnation));
      }
    }
    dispatch();
  });

  return {
    acquire: (request) =>
      new Promise<Slot>((resolve, reject) => {
        if (request.signal.aborted) return reject(request.signal.reason);
        if (request.incarnation !== null && registry.get(request.incarnation)?.status !== 'alive') {
          return reject(lost(request.incarnation));
        }
        const onAbort = () => {
          waiters.splice(waiters.indexOf(waiter), 1);
          reject(request.signal.reason);
        };
        const settled = () => request.signal.removeEventListener('abort', onAbort);
        const waiter: Waiter = {
          ...request,
          resolve: (slot) => {
            settled();
            resolve(slot);
          },
          reject: (error) => {
            settled();
            reject(error);
          },
        };
        request.signal.addEventListener('abort', onAbort, { once: true });
        waiters.push(waiter);
        dispatch();
      }),
    acquireIdle({ jobId, not }) {
      if (waiters.some(({ incarnation }) => incarnation === null)) return null;
      const isIdle = (entry: ExecutorEntry) => usedOf(entry) < entry.lanes && entry !== aside?.executor;
      const executor = registry.alive().find((entry) => entry.incarnation !== not && isIdle(entry));
      return executor ? take(jobId, executor) : null;
    },
    acquireAlone: ({ jobId, signal }) =>
      new Promise<Slot>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const onAbort = () => {
          loners.splice(loners.indexOf(loner), 1);
          reject(signal.reason);
          dispatch();
        };
        const loner: Loner = {
          jobId,
          resolve: (slot) => {
            signal.removeEventListener('abort', onAbort);
            resolve(slot);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        loners.push(loner);
        dispatch();
      }),
    close: unsubscribe,
  };
}

/** Whom to serve next, and where. Waiters with a home go by its room; others take the executor with most room. */
export function chooseGrant<
  W extends Pick<SlotRequest, 'jobId' | 'incarnation' | 'avoid'>,
  E extends { incarnation: string },
>(
  waiters: readonly W[],
  executors: readonly { executor: E; room: number }[],
  runningOf: (jobId: string) => number,
): { waiter: W; executor: E } | null {
  const byShare = waiters
    .map((waiter) => ({ waiter, running: runningOf(waiter.jobId) }))
    .sort((a, b) => a.running - b.running);
  for (const { waiter } of byShare) {
    const allowed = executors.filter(
      ({ executor, room }) => room > 0 && (waiter.incarnation === null || waiter.incarnation === executor.incarnation),
    );
    const preferred = allowed.filter(({ executor }) => !waiter.avoid.has(executor.incarnation));
    const everyoneAvoided = executors.every(({ executor }) => waiter.avoid.has(executor.incarnation));
    const candidates = preferred.length > 0 || !everyoneAvoided ? preferred : allowed;
    const best = candidates.reduce<(typeof candidates)[number] | null>((a, b) => (a && a.room >= b.room ? a : b), null);
    if (best) return { waiter, executor: best.executor };
  }
  return null;
}

function lost(incarnation: string): MillraceError {
  return new MillraceError('EXECUTOR_LOST', `executor ${incarnation} is gone`, { details: { incarnation } });
}
