import type { RunsSeen } from './fence.ts';
import type { OpenJob } from './open-job.ts';

/** What the executor remembers of a job. */
export type JobEntry = {
  /** Highest driver epoch seen. */
  driverEpoch: number;
  job: OpenJob | null;
  /** Last batch told to be committed under `driverEpoch`; −1: none. */
  finishedBatch: number;
} & RunsSeen;

export type JobRegistry = {
  find(jobId: string): JobEntry | undefined;
  /** Notes a driver epoch at or above the highest seen; a new driver starts with a clean slate of batches. */
  raise(jobId: string, driverEpoch: number): JobEntry;
  noteRun(jobId: string, run: NonNullable<RunsSeen['opened']>): void;
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
      const past = known ? pastOf(known) : null;
      const entry = { driverEpoch, job: known?.job ?? null, finishedBatch: -1, opened: null, past };
      entries.set(jobId, entry);
      return entry;
    },
    noteRun: (jobId, run) => {
      const entry = entries.get(jobId);
      if (entry) entry.opened = run;
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

/** What is known of committed batches once a newer driver leads. Without a run nothing tells whose batches they were. */
function pastOf({ opened, past, finishedBatch }: JobEntry): RunsSeen['past'] {
  if (opened === null) return past;
  const { submittedMs } = opened;
  const before = past?.submittedMs === submittedMs ? past.batch : -1;
  return { submittedMs, batch: Math.max(before, finishedBatch) };
}
