import { fromFailure, MillraceError } from '@millrace/shared/errors';
import type { LaneReply, LaneRequest, TableFile } from '../lanes/messages.ts';

/** The main-thread side of a lane, as lanes/lane-pool.ts opens it. */
export type Lane = {
  run(request: LaneRequest, transfer?: ArrayBuffer[]): Promise<LaneReply>;
  interrupt(attemptId: string): void;
  close(): Promise<void>;
};

/** The plan that a lane must have open before a request for the job. */
export type LanePlan = { jobId: string; planHash: string; planJson: string };

export type LaneSet = {
  /** The lane asked for, or the one with the least to do when that is −1. */
  choose(wanted: number): number;
  /** Runs a request behind all earlier ones of the lane. A failed reply is thrown as the error it carries. */
  run(lane: number, request: LaneRequest, transfer?: ArrayBuffer[]): Promise<Exclude<LaneReply, { kind: 'failed' }>>;
  /**
   * `run` for a task: opens the job in the lane first when needed, loads the versions of tables that it lacks, and interrupts
   * the attempt when the signal is aborted.
   */
  runAttempt(
    at: { lane: number; plan: LanePlan; attemptId: string; signal: AbortSignal; tables?: readonly TableFile[] },
    request: LaneRequest,
    transfer?: ArrayBuffer[],
  ): Promise<Exclude<LaneReply, { kind: 'failed' }>>;
  /** Settles when all that the lane was asked so far has ended. */
  ahead(lane: number): Promise<unknown>;
  /** In every lane where the plan is not open yet; resolves when it is. */
  openEverywhere(plan: LanePlan): Promise<void>;
  /** In every lane that has the job open. */
  closeJob(jobId: string): Promise<void>;
  busy(): number;
  queued(): number;
  close(): Promise<void>;
};

/** `onLost` is told when a lane's thread died: its state is gone and the executor should exit. */
export function createLaneSet(lanes: readonly Lane[], onLost: (error: MillraceError) => void): LaneSet {
  const loads = lanes.map(() => 0);
  /** `tables`: the version of each fetched table that was loaded last. */
  const open = lanes.map(
    () => new Map<string, { planHash: string; opened: Promise<unknown>; tables: Map<string, string> }>(),
  );

  const tails: Promise<unknown>[] = lanes.map(() => Promise.resolve());

  const send: LaneSet['run'] = async (index, request, transfer = []) => {
    try {
      const running = laneAt(lanes, index).run(request, transfer);
      tails[index] = Promise.allSettled([running]);
      const reply = await running;
      if (reply.kind === 'failed') throw fromFailure(reply.failure);
      return reply;
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'EXECUTOR_LOST') onLost(error);
      throw error;
    }
  };
  // Counted from the moment the lane is chosen, so that tasks which come at once spread over the lanes.
  const loaded = async <Result>(index: number, work: () => Promise<Result>): Promise<Result> => {
    loads[index]! += 1;
    try {
      return await work();
    } finally {
      loads[index]! -= 1;
    }
  };

  const closeJobAt = async (index: number, jobId: string) => {
    if (open[index]!.delete(jobId)) await send(index, { kind: 'closeJob', jobId });
  };
  // A lane works in order, so the task may be sent right behind; its own failure to open is what the caller learns.
  const ensureOpen = (index: number, { jobId, planHash, planJson }: LanePlan): Promise<unknown> => {
    const known = open[index]!.get(jobId);
    if (known?.planHash === planHash) return known.opened;
    const closed = known ? closeJobAt(index, jobId) : Promise.resolve();
    const opened = Promise.all([closed, send(index, { kind: 'openJob', jobId, planHash, planJson })]);
    open[index]!.set(jobId, { planHash, opened, tables: new Map() });
    opened.catch(() => {
      if (open[index]!.get(jobId)?.opened === opened) open[index]!.delete(jobId);
    });
    return opened;
  };

  /** Sent ahead of the task that reads them, with nothing in between. What fails is forgotten, and tried again with the next task. */
  const loadTables = async (index: number, jobId: string, wanted: readonly TableFile[]): Promise<void> => {
    const known = open[index]!.get(jobId)?.tables ?? new Map<string, string>();
    const tables = wanted.filter(({ table, version }) => known.get(table) !== version);
    if (tables.length === 0) return;
    for (const { table, version } of tables) known.set(table, version);
    try {
      await send(index, { kind: 'loadTables', jobId, tables });
    } catch (error) {
      for (const { table, version } of tables) if (known.get(table) === version) known.delete(table);
      throw error;
    }
  };

  return {
    choose: (wanted) => {
      if (wanted >= 0) return wanted % lanes.length;
      return loads.indexOf(Math.min(...loads));
    },
    run: (lane, request, transfer) => loaded(lane, () => send(lane, request, transfer)),
    runAttempt: ({ lane, plan, attemptId, signal, tables = [] }, request, transfer) =>
      loaded(lane, async () => {
        let isWaiting = true;
        const left = Promise.withResolvers<never>();
        const onAbort = () => {
          laneAt(lanes, lane).interrupt(attemptId);
          // The lane passes it over when its turn comes, which may be long after.
          if (isWaiting) left.reject(signal.reason);
        };
        const inTurn = async () => {
          await ensureOpen(lane, plan);
          signal.throwIfAborted();
          const loaded = loadTables(lane, plan.jobId, tables);
          void tails[lane]?.then(() => {
            isWaiting = false;
          });
          const [reply] = await Promise.all([send(lane, request, transfer), loaded]);
          return reply;
        };
        signal.addEventListener('abort', onAbort, { once: true });
        try {
          return await Promise.race([inTurn(), left.promise]);
        } catch (error) {
          throw signal.aborted ? signal.reason : error;
        } finally {
          signal.removeEventListener('abort', onAbort);
        }
      }),
    ahead: (lane) => tails[lane] ?? Promise.resolve(),
    openEverywhere: async (plan) => {
      await Promise.all(lanes.map((_, index) => ensureOpen(index, plan)));
    },
    closeJob: async (jobId) => {
      await Promise.all(lanes.map((_, index) => closeJobAt(index, jobId)));
    },
    busy: () => loads.filter((load) => load > 0).length,
    queued: () => loads.reduce((sum, load) => sum + Math.max(0, load - 1), 0),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

function laneAt(lanes: readonly Lane[], index: number): Lane {
  const lane = lanes[index];
  if (!lane) throw new MillraceError('INTERNAL', `there is no lane ${index}`);
  return lane;
}
