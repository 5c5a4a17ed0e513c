import type { Clock, Random } from '@millrace/shared/clock';
import type { DriverEpoch, JobId } from '@millrace/shared/ids';
import type { Logger } from '@millrace/shared/logging';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { BlobStore, CommitStore } from '@millrace/shared/store';
import type { ExecutorRegistry } from '../dispatch/executor-registry.ts';
import type { JobOpener } from '../dispatch/job-opener.ts';
import type { LaneSlots } from '../dispatch/lane-slots.ts';
import type { OffsetSource } from '../planning/offset-source.ts';
import type { JobEvents } from '../progress/job-events.ts';
import type { OffsetMirror } from '../progress/offset-mirror.ts';
import type { JobTables } from '../tables/keep-tables.ts';

/** Everything one run of a job works with. A run begins with a takeover, so its driver epoch never changes. */
export type JobContext = {
  jobId: JobId;
  driverEpoch: DriverEpoch;
  spec: JobSpec;
  plan: JobPlan;
  commits: CommitStore;
  blobs: BlobStore;
  offsets: OffsetSource;
  registry: ExecutorRegistry;
  slots: LaneSlots;
  opener: JobOpener;
  clock: Clock;
  random: Random;
  log: Logger;
  events: JobEvents;
  mirror: OffsetMirror;
  tables: JobTables;
  /** Aborted: drop everything now. */
  signal: AbortSignal;
  /** Aborted: end after the running batch. */
  stopping: AbortSignal;
};
