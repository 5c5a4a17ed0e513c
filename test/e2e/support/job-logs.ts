import assert from 'node:assert/strict';
import type { CommitEntry, LoggedRange, OffsetLogEntry } from '@millrace/shared/store';
import { Redis } from 'ioredis';
import { commitCodec, offsetLogCodec } from '../../../shared/src/store/record-codec.ts';
import { redisKeys } from '../../../shared/src/store/redis/redis-keys.ts';

/** Both logs of a job as they stand in Redis, by batch id. They keep the last 100 batches: stay below that. */
export type JobLogs = { offsets: OffsetLogEntry[]; commits: CommitEntry[] };

export async function readJobLogs(redisUrl: string, namespace: string, jobId: string): Promise<JobLogs> {
  const keys = redisKeys(namespace).job(jobId);
  const redis = new Redis(redisUrl);
  try {
    const [offsets, commits] = await Promise.all([redis.hgetall(keys.offsets), redis.hgetall(keys.commits)]);
    return {
      offsets: inOrder(Object.values(offsets).map((text) => offsetLogCodec.decode(text, keys.offsets))),
      commits: inOrder(Object.values(commits).map((text) => commitCodec.decode(text, keys.commits))),
    };
  } finally {
    redis.disconnect();
  }
}

const inOrder = <Entry extends { batchId: number }>(entries: Entry[]) => entries.sort((a, b) => a.batchId - b.batchId);

/**
 * No batch repeated or skipped, no record read twice or left out: batch ids count from 0, every range begins where the
 * one before it ended (the first at 0), every commit ends where its intent said, and the last at the end of the topic.
 */
export function assertContiguous({ offsets, commits }: JobLogs, ends: ReadonlyMap<string, number>): void {
  assert.ok(commits.length > 0, 'nothing was committed');
  assert.deepEqual(
    commits.map(({ batchId }) => Number(batchId)),
    commits.map((_, index) => index),
    'batch ids of the commit log',
  );
  const next = new Map<string, number>();
  for (const [index, commit] of commits.entries()) {
    const intent = offsets[index];
    assert.equal(intent?.batchId, commit.batchId, `batch ${index} has no intent`);
    for (const range of intent.ranges) {
      assert.equal(range.from, next.get(placeOf(range)) ?? 0, `batch ${index} of ${placeOf(range)} begins elsewhere`);
      assert.ok(range.until >= range.from, `batch ${index} of ${placeOf(range)} goes backwards`);
      next.set(placeOf(range), range.until);
    }
    assert.deepEqual(positionsOf(commit), new Map([...next].sort()), `positions of batch ${index}`);
    const records = intent.ranges.reduce((sum, { from, until }) => sum + until - from, 0);
    assert.equal(commit.counts.recordsIn, records, `records of batch ${index}`);
  }
  assert.deepEqual(new Map([...next].sort()), new Map([...ends].sort()), 'where the last batch ends');
}

const placeOf = ({ topic, partition }: Pick<LoggedRange, 'topic' | 'partition'>) => `${topic}/${partition}`;

const positionsOf = ({ positions }: CommitEntry) =>
  new Map(positions.map((position): [string, number] => [placeOf(position), position.offset]).sort());
