import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { MillraceError } from '@millrace/shared/errors';
import type { Redis } from 'ioredis';
import { aJob, B, commitOf, E, JOB, offsetsOf, stateBlob } from '../samples.ts';
import { type RedisForTest, redisForTest } from './redis-for-test.ts';

type Keys = Record<'slot' | 'offsets' | 'commits' | 'state' | 'index', string>;

/** One batch committed, with two state blobs, and one logged. */
async function jobAtWork(t: TestContext): Promise<{ redis: RedisForTest; keys: Keys }> {
  const redis = await redisForTest(t);
  const { commits } = await redis.open();
  await commits.createJob(aJob());
  await commits.takeOver(JOB);
  await commits.logOffsets(JOB, E(1), offsetsOf(0));
  await commits.commit(JOB, E(1), commitOf(0), { add: [stateBlob('a', 0), stateBlob('b', 0)], remove: [] });
  await commits.markPublished(JOB, E(1), B(0));
  await commits.logOffsets(JOB, E(1), offsetsOf(1));
  const start = `${redis.namespace}:job:{${JOB}}`;
  const kinds = ['slot', 'offsets', 'commits', 'state'].map((kind) => [kind, `${start}:${kind}`]);
  return { redis, keys: { ...Object.fromEntries(kinds), index: `${redis.namespace}:jobs` } };
}

const HARMS: [what: string, harm: (raw: Redis, keys: Keys) => Promise<unknown>, missing: RegExp][] = [
  ['the slot', (raw, { slot }) => raw.del(slot), /:slot/],
  ['the job record', (raw, { slot }) => raw.hdel(slot, 'record'), /record in .*:slot/],
  ['the driver epoch', (raw, { slot }) => raw.hdel(slot, 'epoch'), /epoch of .*:slot/],
  ['the number of the last batch', (raw, { slot }) => raw.hdel(slot, 'last'), /last of .*:slot/],
  ['the offset log', (raw, { offsets }) => raw.del(offsets), /batch 0 in .*:offsets/],
  ['the intent of the batch under way', (raw, { offsets }) => raw.hdel(offsets, '1'), /batch 1 in .*:offsets/],
  ['the commit log', (raw, { commits }) => raw.del(commits), /batch 0 in .*:commits/],
  ['all state blobs', (raw, { state }) => raw.del(state), /2 state blobs in .*:state/],
  ['one state blob', (raw, { state }) => raw.hdel(state, 'a'), /1 state blobs in .*:state/],
  ['everything', (raw, keys) => raw.del(...Object.values(keys)), /:slot/],
];

describe('a job of which a part is missing', () => {
  for (const [what, harm, missing] of HARMS) {
    test(`${what}: no driver goes on, and the error names the key`, async (t) => {
      const { redis, keys } = await jobAtWork(t);
      const { commits } = await redis.open();
      await harm(redis.raw, keys);
      const corrupt = { code: 'STORE_CORRUPT', message: missing };
      await assert.rejects(commits.takeOver(JOB), corrupt);
      await assert.rejects(commits.read(JOB), corrupt);
      await assert.rejects(commits.commit(JOB, E(1), commitOf(1), { add: [], remove: [] }), corrupt);
      await assert.rejects(commits.logOffsets(JOB, E(1), offsetsOf(1)), corrupt);
    });

    test(`${what}: the job can be deleted and begin anew`, async (t) => {
      const { redis, keys } = await jobAtWork(t);
      const { commits } = await redis.open();
      await harm(redis.raw, keys);
      await commits.deleteJob(JOB, await commits.raiseEpoch(JOB));
      assert.deepEqual(await commits.listJobs(), []);
      await commits.createJob(aJob());
      const { lastCommit, pending, state } = await commits.takeOver(JOB);
      assert.deepEqual({ lastCommit, pending, state }, { lastCommit: null, pending: null, state: [] });
    });
  }

  for (const kind of ['offsets', 'commits', 'state'] as const) {
    test(`what is left of a lost job in ${kind} does not become the past of a new one`, async (t) => {
      const { redis, keys } = await jobAtWork(t);
      const { commits } = await redis.open();
      const { [kind]: kept, ...others } = keys;
      await redis.raw.del(...Object.values(others));
      assert.equal(await redis.raw.exists(kept), 1);
      await assert.rejects(commits.createJob(aJob()), { code: 'STORE_CORRUPT' });
    });
  }

  const unreadable: [what: string, harm: (raw: Redis, keys: Keys) => Promise<unknown>][] = [
    ['slot is lost', (raw, { slot }) => raw.del(slot)],
    ['record is lost', (raw, { slot }) => raw.hdel(slot, 'record')],
    ['record cannot be read', (raw, { slot }) => raw.hset(slot, 'record', '{"version":1}')],
    ['status is lost', (raw, { slot }) => raw.hdel(slot, 'status')],
  ];
  for (const [what, harm] of unreadable) {
    test(`a job whose ${what} is listed as failed, beside the others`, async (t) => {
      const { redis, keys } = await jobAtWork(t);
      const { commits } = await redis.open();
      const other = aJob({ jobId: 'another' as typeof JOB });
      await commits.createJob(other);
      await harm(redis.raw, keys);
      const [first, second] = await commits.listJobs();
      assert.deepEqual(first, other);
      assert.deepEqual([second?.jobId, second?.status.observed, second?.status.desired], [JOB, 'failed', 'stopped']);
      const failure = JSON.parse(second?.status.failureJson ?? '{}') as MillraceError;
      assert.equal(failure.code, 'STORE_CORRUPT');
      assert.match(failure.message, /:slot/);
    });
  }
});
