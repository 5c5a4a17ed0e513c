import { type BatchId, type DriverEpoch, driverEpoch, type JobId } from '../../ids/index.ts';
import type { CommitStore, StateChange, Takeover } from '../commit-store.ts';
import { LOG_ENTRIES_MAX } from '../log-retention.ts';
import { commitCodec, decodeJob, encodeJob, encodeStatus, offsetLogCodec, stateBlobCodec } from '../record-codec.ts';
import { type CommitEntry, type JobRecord, type JobStatus, needsPublish, type OffsetLogEntry } from '../records.ts';
import { refusalError, type StepCall } from '../refusals.ts';
import { oldestFirst } from '../state-order.ts';
import {
  judgeAbsent,
  judgeAmend,
  judgeCommit,
  judgeEpoch,
  judgeLogOffsets,
  judgePublished,
  judgeUpdate,
  type Verdict,
} from './transition-rules.ts';

/** Everything of one job, records as the texts that Redis would hold: what does not survive JSON fails here too. */
type Slot = {
  epoch: number;
  /** Driver epoch at which the job was created. */
  birth: number;
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

  const present = (call: StepCall): Slot => {
    const slot = slots.get(call.job);
    if (slot === undefined) decided(judgeAbsent(call.job, deletedEpochs.has(call.job)), call);
    return slot!;
  };
  const open = (call: StepCall & { epoch: DriverEpoch }): Slot => {
    const slot = present(call);
    decided(judgeEpoch(slot, call.epoch), call);
    return slot;
  };

  return {
    async createJob(job) {
      const { record, status } = encodeJob(job);
      const existing = slots.get(job.jobId);
      if (existing === undefined) {
        slots.set(job.jobId, newSlot(record, status, deletedEpochs.get(job.jobId) ?? 0));
      } else if (existing.record !== record || existing.epoch !== existing.birth) {
        throw refusalError({ code: 'job-exists', stored: String(existing.birth) }, { job: job.jobId });
      }
    },
    async listJobs() {
      return [...slots.keys()].sort().map((id) => decodeJob(slots.get(id)!, id));
    },
    async takeOver(job) {
      const slot = present({ job });
      slot.epoch += 1;
      return takeoverOf(job, slot);
    },
    async read(job) {
      return takeoverOf(job, present({ job }));
    },
    async raiseEpoch(job) {
      const slot = slots.get(job);
      const raised = (slot?.epoch ?? deletedEpochs.get(job) ?? -1) + 1;
      if (slot) slot.epoch = raised;
      else if (deletedEpochs.has(job)) deletedEpochs.set(job, raised);
      return driverEpoch(raised);
    },
    async setStatus(job: JobId, epoch: DriverEpoch, status: JobStatus) {
      const text = encodeStatus(status);
      open({ job, epoch }).status = text;
    },
    async updateJob(epoch: DriverEpoch, job: JobRecord, state: StateChange = { add: [], remove: [] }) {
      const { record } = encodeJob(job);
      const applyState = encodedState(state);
      const call = { job: job.jobId, epoch };
      const slot = open(call);
      decided(judgeUpdate(slot, job.planHash), call);
      slot.record = record;
      applyState(slot);
    },
    async logOffsets(job: JobId, epoch: DriverEpoch, entry: OffsetLogEntry) {
      const text = offsetLogCodec.encode(entry);
      const call = { job, epoch, batch: entry.batchId };
      const slot = open(call);
      if (decided(judgeLogOffsets(slot, entry.batchId), call) === 'take') {
        slot.offsets.set(entry.batchId, text);
        slot.pendingPlan = entry.planHash;
      }
      return offsetLogCodec.decode(slot.offsets.get(entry.batchId)!, job);
    },
    async commit(job: JobId, epoch: DriverEpoch, entry: CommitEntry, state: StateChange) {
      const { batchId: batch, token, planHash } = entry;
      const apply = encodedCommit(entry, state);
      const call = { job, epoch, batch };
      const slot = open(call);
      if (decided(judgeCommit(slot, { batch, token, planHash }), call) === 'take') apply(slot);
    },
    async amendOutputs(job: JobId, epoch: DriverEpoch, entry: CommitEntry) {
      const { batchId: batch, token } = entry;
      const text = commitCodec.encode(entry);
      const call = { job, epoch, batch };
      const slot = open(call);
      if (decided(judgeAmend(slot, { batch, token }), call) === 'take') slot.commits.set(batch, text);
    },
    async markPublished(job: JobId, epoch: DriverEpoch, batch: BatchId) {
      const call = { job, epoch, batch };
      const slot = open(call);
      if (decided(judgePublished(slot, batch), call) === 'take') slot.published = true;
    },
    async deleteJob(job, epoch) {
      if (!slots.has(job)) return;
      deletedEpochs.set(job, open({ job, epoch }).epoch + 1);
      slots.delete(job);
    },
    async close() {},
  };
}

/** Passes on whether to take the step; throws when it is refused. */
function decided(verdict: Verdict, call: StepCall): 'take' | 'repeat' {
  if (verdict.kind === 'refuse') throw refusalError(verdict.refusal, call);
  return verdict.kind;
}

function newSlot(record: string, status: string, epoch: number): Slot {
  return {
    epoch,
    birth: epoch,
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

/** What a commit changes, once it is allowed. Encodes at once: a broken record must fail before anything is judged. */
function encodedCommit(entry: CommitEntry, state: StateChange): (slot: Slot) => void {
  const { batchId: batch, token } = entry;
  const text = commitCodec.encode(entry);
  const applyState = encodedState(state);
  return (slot) => {
    Object.assign(slot, { last: batch, token, published: !needsPublish(entry), pendingPlan: null });
    slot.commits.set(batch, text);
    applyState(slot);
    slot.commits.delete(batch - LOG_ENTRIES_MAX);
    slot.offsets.delete(batch - LOG_ENTRIES_MAX);
  };
}

function encodedState({ add, remove }: StateChange): (slot: Slot) => void {
  const added = add.map((blob) => [blob.name, stateBlobCodec.encode(blob)] as const);
  return ({ state }) => {
    for (const [name, text] of added) state.set(name, text);
    for (const name of remove) state.delete(name);
  };
}
