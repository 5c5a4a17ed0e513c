import type { JobStatus } from '@millrace/shared/store';
import type { Redis } from 'ioredis';
import { commitCodec, offsetLogCodec } from '../../../shared/src/store/record-codec.ts';
import { redisKeys } from '../../../shared/src/store/redis/redis-keys.ts';
import type { Batch } from './batch-rules.ts';

/** A job as it stands in Redis, whatever drivers say. */
export type JobNow = {
  observed: JobStatus['observed'];
  failure: string | null;
  isPublished: boolean;
  batches: Batch[];
};

/** The texts of a job and of its batches from the one that was asked for. */
export type JobTexts = {
  published: string | null;
  status: string | null;
  batches: { id: number; intent: string | null; commit: string | null }[];
};

/** Both logs of a job from batch `from` on. Rejects when Redis is away, and for nothing else. */
export async function readJobTexts(redis: Redis, namespace: string, job: string, from: number): Promise<JobTexts> {
  const keys = redisKeys(namespace).job(job);
  const [last, published, status] = await redis.hmget(keys.slot, 'last', 'published', 'status');
  const ids = Array.from({ length: Math.max(0, Number(last ?? -1) + 1 - from) }, (_, index) => from + index);
  const entriesOf = (key: string) => (ids.length > 0 ? redis.hmget(key, ...ids.map(String)) : []);
  const [intents, commits] = await Promise.all([entriesOf(keys.offsets), entriesOf(keys.commits)]);
  const batches = ids.map((id, index) => ({ id, intent: intents[index] ?? null, commit: commits[index] ?? null }));
  return { published: published ?? null, status: status ?? null, batches };
}

export function jobNowOf({ published, status, batches }: JobTexts): JobNow {
  const { observed, failureJson } = JSON.parse(status ?? '{"observed":"starting","failureJson":null}') as JobStatus;
  return {
    observed,
    failure: failureJson,
    isPublished: published === '1',
    batches: batches.map(({ id, intent, commit }) => ({
      intent: offsetLogCodec.decode(found(intent, id), `the intent of batch ${id}`),
      commit: commitCodec.decode(found(commit, id), `the commit of batch ${id}`),
    })),
  };
}

/** The logs keep a hundred batches: whoever looks several times a second sees all of them. */
function found(text: string | null, batch: number): string {
  if (text !== null) return text;
  throw new Error(`batch ${batch} is not in the logs any more: the soak itself was too slow to look`);
}
