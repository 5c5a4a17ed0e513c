import { toMillraceError } from '../../errors/index.ts';
import { driverEpoch, jobId } from '../../ids/index.ts';
import type { CommitStore, StateChange, Takeover } from '../commit-store.ts';
import { DELETED_EPOCH_KEPT_DAYS, LOG_ENTRIES_MAX } from '../log-retention.ts';
import { commitCodec, decodeJob, encodeJob, encodeStatus, offsetLogCodec, stateBlobCodec } from '../record-codec.ts';
import { type CommitEntry, type JobRecord, needsPublish } from '../records.ts';
import { refusalCodeOf, refusalError, type StepCall } from '../refusals.ts';
import { oldestFirst } from '../state-order.ts';
import { unreadableJob } from '../unreadable-job.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { JobKeys } from './redis-keys.ts';
import { runScript, type ScriptName } from './script-runner.ts';

const DELETED_EPOCH_KEPT_SECONDS = DELETED_EPOCH_KEPT_DAYS * 24 * 60 * 60;

/** Every step of a job is one script over the four keys of its slot; README.md beside this file shows them. */
export function redisCommitStore(redis: RedisConnection): CommitStore {
  const { keys } = redis;
  const once = async (name: ScriptName, call: StepCall, scriptKeys: string[], args: (string | number)[]) => {
    const [code, ...values] = await redis.write(scriptKeys[0]!, () => runScript(redis.client, name, scriptKeys, args));
    const refusal = refusalCodeOf(code);
    return { refused: refusal && refusalError({ code: refusal, stored: String(values[0]) }, call), values };
  };
  const step = async (...call: Parameters<typeof once>) => {
    const first = await once(...call);
    if (first.refused?.code !== 'STORE_CORRUPT') return first;
    await redis.mustBePrimary(call[2][0]!);
    // The answer may have come from the server before a failover, and the word that it is a primary from the one after: a refused
    // step has changed nothing, so the primary is asked again.
    return await once(...call);
  };
  const mustStep = async (...args: Parameters<typeof step>) => {
    const { refused, values } = await step(...args);
    if (refused !== null) throw refused;
    return values;
  };
  const forget = (job: string, birth: unknown) => mustStep('forget-job', { job }, [keys.index], [job, String(birth)]);

  return {
    async createJob(job) {
      const { record, status } = encodeJob(job);
      const call = { job: job.jobId };
      const { refused, values } = await step('create-job', call, allOf(keys.job(job.jobId)), [record, status]);
      if (refused?.code === 'STORE_CORRUPT') throw refused;
      // Also for a job that exists: whoever created it may have died before this line.
      await redis.write(keys.index, () => redis.client.hset(keys.index, job.jobId, String(values[0])));
      if (refused !== null) throw refused;
    },
    async listJobs() {
      const births = await redis.call(keys.index, () => redis.client.hgetall(keys.index));
      // The index may have been lost; whatever is there of a job tells as well.
      const ids = new Set([...Object.keys(births), ...(await jobsFound(redis))]);
      const listed = await Promise.all([...ids].sort().map(async (id) => ({ id, job: await readJob(redis, id) })));
      const gone = listed.filter(({ id, job }) => job === null && births[id] !== undefined);
      await Promise.all(gone.map(({ id }) => forget(id, births[id])));
      return listed.flatMap(({ job }) => job ?? []);
    },
    async takeOver(job) {
      const jobKeys = keys.job(job);
      return takeoverOf(jobKeys, await mustStep('take-over', { job }, allOf(jobKeys), [1]));
    },
    async read(job) {
      const jobKeys = keys.job(job);
      return takeoverOf(jobKeys, await mustStep('take-over', { job }, allOf(jobKeys), [0]));
    },
    async raiseEpoch(job) {
      const [epoch] = await mustStep('raise-epoch', { job }, [keys.job(job).slot], []);
      return driverEpoch(Number(epoch));
    },
    async setStatus(job, epoch, status) {
      await mustStep('set-status', { job, epoch }, [keys.job(job).slot], [epoch, encodeStatus(status)]);
    },
    async updateJob(epoch, job, state = NO_CHANGE) {
      const { slot, offsets, state: blobs } = keys.job(job.jobId);
      const args = [epoch, encodeJob(job).record, job.planHash, ...stateArguments(state)];
      await mustStep('update-job', { job: job.jobId, epoch }, [slot, offsets, blobs], args);
    },
    async logOffsets(job, epoch, entry) {
      const jobKeys = keys.job(job);
      const args = [epoch, entry.batchId, entry.planHash, offsetLogCodec.encode(entry)];
      const [stored] = await mustStep('log-offsets', { job, epoch, batch: entry.batchId }, allOf(jobKeys), args);
      return offsetLogCodec.decode(String(stored), `${jobKeys.offsets} ${entry.batchId}`);
    },
    async commit(job, epoch, entry, state) {
      const args = [epoch, ...commitArguments(entry, state)];
      await mustStep('commit', { job, epoch, batch: entry.batchId }, allOf(keys.job(job)), args);
    },
    async amendOutputs(job, epoch, entry) {
      const { batchId: batch, token } = entry;
      const { slot, commits } = keys.job(job);
      const args = [epoch, batch, token, commitCodec.encode(entry)];
      await mustStep('amend-outputs', { job, epoch, batch }, [slot, commits], args);
    },
    async markPublished(job, epoch, batch) {
      await mustStep('mark-published', { job, epoch, batch }, [keys.job(job).slot], [epoch, batch]);
    },
    async deleteJob(job, epoch) {
      const args = [epoch, DELETED_EPOCH_KEPT_SECONDS];
      const [birth] = await mustStep('delete-job', { job, epoch }, allOf(keys.job(job)), args);
      await forget(job, birth);
    },
    close: redis.close,
  };
}

function allOf({ slot, offsets, commits, state }: JobKeys): string[] {
  return [slot, offsets, commits, state];
}

const NO_CHANGE: StateChange = { add: [], remove: [] };

/** Arguments 2 … of commit.lua. */
function commitArguments(entry: CommitEntry, state: StateChange): (string | number)[] {
  const text = commitCodec.encode(entry);
  const published = needsPublish(entry) ? '0' : '1';
  return [entry.batchId, entry.token, entry.planHash, text, published, LOG_ENTRIES_MAX, ...stateArguments(state)];
}

/** Number of blobs to add, name and record of each, then names of those to remove. */
function stateArguments({ add, remove }: StateChange): (string | number)[] {
  return [add.length, ...add.flatMap((blob) => [blob.name, stateBlobCodec.encode(blob)]), ...remove];
}

/** Ids of the jobs that anything is left of, the deleted ones included. */
async function jobsFound({ keys, scan }: RedisConnection): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const key of scan(keys.jobPattern)) ids.add(keys.jobOfKey(key));
  return ids;
}

/** Null: it was deleted. */
async function readJob(redis: RedisConnection, id: string): Promise<JobRecord | null> {
  const { slot } = redis.keys.job(id);
  const [record, status, epoch, birth] = await redis.call(slot, () =>
    redis.client.hmget(slot, 'record', 'status', 'epoch', 'birth'),
  );
  if (!record && epoch && !birth) return null;
  try {
    if (record) return decodeJob({ record, status: status ?? '' }, slot);
    await redis.mustBePrimary(slot);
    throw refusalError({ code: 'data-missing', stored: `the record in ${slot}` }, { job: id });
  } catch (thrown) {
    return unreadableJob(jobId(id), toMillraceError(thrown));
  }
}

/** The values that take-over.lua answers with. */
type TakeoverReply = [
  epoch: string,
  record: string,
  status: string,
  last: string,
  published: string,
  pending: string | null,
  commit: string | null,
  state: string[],
];

function takeoverOf({ slot, offsets, commits, state }: JobKeys, values: unknown[]): Takeover {
  const [epoch, record, status, last, published, pending, commit, blobs] = values as TakeoverReply;
  const names = blobs.filter((_, i) => i % 2 === 0);
  return {
    epoch: driverEpoch(Number(epoch)),
    job: decodeJob({ record, status }, slot),
    pending: pending === null ? null : offsetLogCodec.decode(pending, `${offsets} ${Number(last) + 1}`),
    lastCommit: commit === null ? null : commitCodec.decode(commit, `${commits} ${last}`),
    lastCommitPublished: published === '1',
    state: names.map((name, i) => stateBlobCodec.decode(blobs[2 * i + 1]!, `${state} ${name}`)).sort(oldestFirst),
  };
}
