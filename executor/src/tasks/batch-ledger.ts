import type { PreparedOutput, StateBlobInput } from '@millrace/proto';

/** What a batch left on this executor that its end must clean up: lanes with pending state, prepared output, stored state. */
export type BatchTraces = { lanes: Set<number>; outputs: PreparedOutput[]; blobs: string[] };

/** Batches that ran here and are neither finished nor aborted yet. */
export type BatchLedger = {
  noteLane(jobId: string, batchId: number, lane: number): void;
  /** What an attempt made durable. */
  notePrepared(
    jobId: string,
    batchId: number,
    made: { outputs: readonly PreparedOutput[]; state: readonly StateBlobInput[] },
  ): void;
  /**
   * Forgets the batch and returns its traces; with them the lanes of earlier batches, whose end was missed here. What the commits of
   * those named is not known any more, so what they made durable is left to the sweeps.
   */
  take(jobId: string, batchId: number): BatchTraces;
  forgetJob(jobId: string): void;
  /** Batches that the driver still has to finish or abort. */
  open(): number;
};

export function createBatchLedger(): BatchLedger {
  const jobs = new Map<string, Map<number, BatchTraces>>();
  const none = (): BatchTraces => ({ lanes: new Set(), outputs: [], blobs: [] });
  const tracesOf = (jobId: string, batchId: number): BatchTraces => {
    const batches = jobs.get(jobId) ?? new Map<number, BatchTraces>();
    jobs.set(jobId, batches);
    const traces = batches.get(batchId) ?? none();
    batches.set(batchId, traces);
    return traces;
  };
  return {
    noteLane: (jobId, batchId, lane) => void tracesOf(jobId, batchId).lanes.add(lane),
    notePrepared: (jobId, batchId, { outputs, state }) => {
      const traces = tracesOf(jobId, batchId);
      traces.outputs.push(...outputs);
      traces.blobs.push(...state.map(({ name }) => name ?? ''));
    },
    take: (jobId, batchId) => {
      const batches = jobs.get(jobId) ?? new Map<number, BatchTraces>();
      const { outputs, blobs } = batches.get(batchId) ?? none();
      const over = [...batches.keys()].filter((batch) => batch <= batchId);
      const lanes = new Set(over.flatMap((batch) => [...batches.get(batch)!.lanes]));
      for (const batch of over) batches.delete(batch);
      if (batches.size === 0) jobs.delete(jobId);
      return { lanes, outputs, blobs };
    },
    forgetJob: (jobId) => void jobs.delete(jobId),
    open: () => [...jobs.values()].reduce((sum, batches) => sum + batches.size, 0),
  };
}
