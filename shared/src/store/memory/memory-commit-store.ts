import { type BatchId, type DriverEpoch, driverEpoch, type JobId } from '../../ids/index.ts';
import type { CommitStore, StateChange, Takeover } from '../commit-store.ts';
import { LOG_ENTRIES_MAX } from '../log-retention.ts';
import { commitCodec, decodeJob, encodeJob, encodeStatus, offsetLogCodec, stateBlobCodec } from '../record-codec.ts';
import type { CommitEntry, JobRecord, JobStatus, OffsetLogEntry } from '../records.ts';
import { refusalError, type StepCall } from '../refusals.ts';
import { oldestFirst } from '../state-order.ts';
import {
  judgeCommit,
  judgeEpoch,
  judgeLogOffsets,
  judgePublished,
  judgeUpdate,
  type SlotFacts,
  type Verdict,
} from './transition-rules.ts';

/** Everything of one job, records as the texts that Redis would hold: what does not survive JSON fails here too. */
type Slot = {
  epoch: number;
  bornEpoch: number;
  record: string;
  status: string;
  last: number;
  token: string;
  published: boolean;
  pendingPlan: string | null;
  offsets: Map<number, string>;
  commits: Map<number, string>;
  state: Map<string, string>;
};

/** Progress kept in this process: for tests and single-process runs. Same rules and same errors as the Redis store. */
export function createMemoryCommitStore(): CommitStore {
  const slots = new Map<string, Slot>();
  /** Driver epochs of deleted jobs; a new job of the name goes on from there. */
  const deletedEpochs = new Map<string, number>();

  const open = (job: JobId, epoch: DriverEpoch): Slot => {
    const slot = slots.get(job) ?? null;
    enforce(judgeEpoch(slot, epoch), { job, epoch });
    return slot!;
  };

  return {
    async createJob(job) {
      const { record, status } = encodeJob(job);
      const existing = slots.get(job.jobId);
      if (existing === undefined) {
        slots.set(job.jobId, newSlot(record, status, deletedEpochs.get(job.jobId) ?? 0));
      } else if (existing.record !== record || existing.epoch !== existing.bornEpoch) {
        throw refusalError({ code: 'job-exists', stored: '' }, { job: job.jobId });
      }
    },
    async listJobs() {
      return [...slots.keys()].sort().map((id) => decodeJob(slots.get(id)!, id));
    },
    async takeOver(job) {
      const slot = slots.get(job);
      if (slot === undefined) throw refusalError({ code: 'job-unknown', stored: '' }, { job });
      slot.epoch += 1;
      return takeoverOf(job, slot);
    },
    async setStatus(job: JobId, epoch: DriverEpoch, status: JobStatus) {
      open(job, epoch).status = encodeStatus(status);
    },
    async updateJob(epoch: DriverEpoch, job: JobRecord) {
      const slot = open(job.jobId, epoch);
      enforce(judgeUpdate(slot, job.planHash), { job: job.jobId, epoch });
      slot.record = encodeJob(job).record;
    },
    async logOffsets(job: JobId, epoch: DriverEpoch, entry: OffsetLogEntry) {
      return logOffsets(open(job, epoch), { job, epoch, batch: entry.batchId }, entry);
    },
    async commit(job: JobId, epoch: DriverEpoch, entry: CommitEntry, state: StateChange) {
      commit(open(job, epoch), { job, epoch, batch: entry.batchId }, entry, state);
    },
    async markPublished(job: JobId, epoch: DriverEpoch, batch: BatchId) {
      const slot = open(job, epoch);
      if (enforce(judgePublished(slot, batch), { job, epoch, batch }) === 'take') slot.published = true;
    },
    async deleteJob(job, epoch) {
      if (!slots.has(job)) return;
      deletedEpochs.set(job, open(job, epoch).epoch + 1);
      slots.delete(job);
    },
    async close() {},
  };
}

/** True to its name: takes or repeats, or throws the refusal. */
function enforce(verdict: Verdict, call: StepCall): 'take' | 'repeat' {
  if (verdict.kind === 'refuse') throw refusalError(verdict.refusal, call);
  return verdict.kind;
}

function newSlot(record: string, status: string, epoch: number): Slot & SlotFacts {
  return {
    epoch,
    bornEpoch: epoch,
    record,
    status,
    last: -1,
    token: '',
    published: true,
    pendingPlan: null,
    offsets: new Map(),
    commits: new Map(),
    state: new Map(),
  };
}

function takeoverOf(job: JobId, slot: Slot): Takeover {
  const pending = slot.offsets.get(slot.last + 1);
  const lastCommit = slot.commits.get(slot.last);
  return {
    epoch: driverEpoch(slot.epoch),
    job: decodeJob(slot, job),
    pending: pending === undefined ? null : offsetLogCodec.decode(pending, job),
    lastCommit: lastCommit === undefined ? null : commitCodec.decode(lastCommit, job),
    lastCommitPublished: slot.published,
    state: [...slot.state.values()].map((text) => stateBlobCodec.decode(text, job)).sort(oldestFirst),
  };
}

function logOffsets(slot: Slot, call: StepCall, entry: OffsetLogEntry): OffsetLogEntry {
  const text = offsetLogCodec.encode(entry);
  if (enforce(judgeLogOffsets(slot, entry.batchId), call) === 'take') {
    slot.offsets.set(entry.batchId, text);
    slot.pendingPlan = entry.planHash;
  }
  return offsetLogCodec.decode(slot.offsets.get(entry.batchId)!, call.job);
}

function commit(slot: Slot, call: StepCall, entry: CommitEntry, state: StateChange): void {
  const text = commitCodec.encode(entry);
  const added = state.add.map((blob) => [blob.name, stateBlobCodec.encode(blob)] as const);
  const { batchId: batch, token, planHash } = entry;
  if (enforce(judgeCommit(slot, { batch, token, planHash }), call) === 'repeat') return;
  Object.assign(slot, { last: batch, token, published: false, pendingPlan: null });
  slot.commits.set(batch, text);
  for (const [name, blobText] of added) slot.state.set(name, blobText);
  for (const name of state.remove) slot.state.delete(name);
  slot.commits.delete(batch - LOG_ENTRIES_MAX);
  slot.offsets.delete(batch - LOG_ENTRIES_MAX);
}
