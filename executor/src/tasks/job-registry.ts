import type { OpenJob } from './open-job.ts';

/** What the executor remembers of a job. */
export type JobEntry = {
  /** Highest driver epoch seen. */
  driverEpoch: number;
  job: OpenJob | null;
  /** Last batch told to be committed under `driverEpoch`; −1: none. */
  finishedBatch: number;
};

export type JobRegistry = {
  find(jobId: string): JobEntry | undefined;
  /** Notes a driver epoch at or above the highest seen; a new driver starts with a clean slate of batches. */
  raise(jobId: string, driverEpoch: number): JobEntry;
  setJob(jobId: string, job: OpenJob): void;
  noteFinished(jobId: string, batchId: number): void;
  remove(jobId: string): void;
  /** Every job something is kept of. */
  ids(): string[];
  /** Jobs whose plan is open. */
  open(): OpenJob[];
};

export function createJobRegistry(): JobRegistry {
  const entries = new Map<string, JobEntry>();
  return {
    find: (jobId) => entries.get(jobId),
    raise: (jobId, driverEpoch) => {
      const known = entries.get(jobId);
      if (known && known.driverEpoch >= driverEpoch) return known;
      const entry = { driverEpoch, job: known?.job ?? null, finishedBatch: -1 };
      entries.set(jobId, entry);
      return entry;
    },
    setJob: (jobId, job) => {
      const entry = entries.get(jobId);
      if (entry) entry.job = job;
    },
    noteFinished: (jobId, batchId) => {
      const entry = entries.get(jobId);
      if (entry) entry.finishedBatch = Math.max(entry.finishedBatch, batchId);
    },
    remove: (jobId) => void entries.delete(jobId),
    ids: () => [...entries.keys()],
    open: () => [...entries.values()].flatMap(({ job }) => (job ? [job] : [])),
  };
}
