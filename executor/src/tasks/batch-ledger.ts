import type { PreparedOutput } from '@millrace/proto';

/** What a batch left on this executor that its end must clean up: lanes with pending state, prepared output. */
export type BatchTraces = { lanes: Set<number>; outputs: PreparedOutput[] };

/** Batches that ran here and are neither finished nor aborted yet. */
export type BatchLedger = {
  noteLane(jobId: string, batchId: number, lane: number): void;
  noteOutputs(jobId: string, batchId: number, outputs: readonly PreparedOutput[]): void;
  /** Forgets the batch and returns its traces. */
  take(jobId: string, batchId: number): BatchTraces;
  forgetJob(jobId: string): void;
  /** Batches that the driver still has to finish or abort. */
  open(): number;
};

export function createBatchLedger(onChange: () => void = () => {}): BatchLedger {
  const jobs = new Map<string, Map<number, BatchTraces>>();
  const tracesOf = (jobId: string, batchId: number): BatchTraces => {
    const batches = jobs.get(jobId) ?? new Map<number, BatchTraces>();
    jobs.set(jobId, batches);
    const traces = batches.get(batchId) ?? { lanes: new Set(), outputs: [] };
    batches.set(batchId, traces);
    return traces;
  };
  return {
    noteLane: (jobId, batchId, lane) => void tracesOf(jobId, batchId).lanes.add(lane),
    noteOutputs: (jobId, batchId, outputs) => void tracesOf(jobId, batchId).outputs.push(...outputs),
    take: (jobId, batchId) => {
      const batches = jobs.get(jobId);
      const traces = batches?.get(batchId) ?? { lanes: new Set(), outputs: [] };
      batches?.delete(batchId);
      if (batches?.size === 0) jobs.delete(jobId);
      onChange();
      return traces;
    },
    forgetJob: (jobId) => {
      jobs.delete(jobId);
      onChange();
    },
    open: () => [...jobs.values()].reduce((sum, batches) => sum + batches.size, 0),
  };
}
