import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import type { LaneTtl, StateFile } from '../../../executor/src/lanes/messages.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import { specOf } from '../../shared/sql/spec-of.ts';
import {
  ALL_PARTITIONS,
  JOB,
  openPlan,
  range,
  recordSet,
  rowsOf,
  runDone,
  startLane,
  type TestLane,
  task,
} from './lane-fixture.ts';

// A lane that loses its state brings back what is in the store, forgotten groups among it, and must forget them again.

const QUERY = 'SELECT "user", count(*) AS n FROM events GROUP BY "user"';
const MINUTE_MS = 60_000;

async function compile(t: TestContext, stateTtlMs: number | null): Promise<JobPlan> {
  const frontend = await openDuckDbFrontend();
  t.after(() => frontend.close());
  const compiled = await compileJob({ ...specOf(QUERY, 'changelog'), stateTtlMs }, frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

/** A job in one slice of one lane, minute by minute. */
function openJob(t: TestContext) {
  const lane: TestLane = startLane(t);
  const committed: StateFile[] = [];
  let batchId = 0;
  const ttlOf = (minute: number, sinceMinute: number): LaneTtl => ({
    sinceMs: sinceMinute * MINUTE_MS,
    cutoffMs: (minute - 1) * MINUTE_MS,
    previousCutoffMs: batchId === 0 ? null : (minute - 2) * MINUTE_MS,
  });
  return {
    lane,
    ttlOf,
    /** Output of a batch with a record for each of these users. */
    async batch(plan: JobPlan, users: string[], timestampMs: number, ttl: LaneTtl | null): Promise<unknown[][]> {
      const more = { planHash: plan.hash, batchId, timestampMs, ttl };
      const [mapStage, reduceStage] = plan.stages;
      const records = users.map((user) => ({ value: JSON.stringify({ user }) }));
      const ranges = [range([], { source: 'events', from: 0, until: users.length, recordSets: [recordSet(records)] })];
      const shuffle = { sliceOfPartition: ALL_PARTITIONS.map(() => 0), isLocal: [true] };
      const mapped =
        users.length === 0
          ? null
          : await runDone(
              lane,
              task({ kind: 'records', ranges }, { ...more, stage: mapStage!.id, shuffle, encodings: {} }),
            );
      const [operator] = statefulOperators(plan);
      const name = `batch-${batchId}`;
      const slice = {
        partitions: ALL_PARTITIONS,
        state: [{ operatorId: operator!.id, blobs: committed.map((file) => file.name) }],
        pendingNames: [{ operatorId: operator!.id, name }],
        snapshot: false,
      };
      const reduce = () =>
        task({ kind: 'blocks', files: mapped?.blocks ?? [] }, { ...more, stage: reduceStage!.id, slice });
      if ((await lane.run(reduce())).kind === 'stateMissing') {
        const restore = { kind: 'restoreState', jobId: JOB, attemptId: 'r', slice, files: committed, ttl } as const;
        assert.deepEqual(await lane.run({ ...restore, previousWatermarkMs: null }), { kind: 'done' });
      }
      const result = await runDone(lane, reduce());
      for (const { kind, operatorId, path } of result.state)
        committed.push({ operatorId, name, path, kind, partitions: ALL_PARTITIONS });
      const adoptedBlobs = result.state.map((file) => file.name);
      await lane.run({ kind: 'finishBatch', jobId: JOB, batchId, adoptedBlobs });
      batchId += 1;
      return rowsOf(result).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    },
    async loseState(plan: JobPlan): Promise<void> {
      await lane.run({ kind: 'closeJob', jobId: JOB });
      await openPlan(lane, plan);
    },
  };
}

for (const lost of [[], [2], [3], [2, 3, 4]]) {
  test(`a group that is idle for the ttl is taken back once and comes back anew; state lost before ${lost.join(', ') || 'none'}`, async (t) => {
    const plan = await compile(t, MINUTE_MS);
    const job = openJob(t);
    await openPlan(job.lane, plan);
    const outputs: unknown[][][] = [];
    for (const [minute, users] of [['ann', 'bob', 'bob'], ['ann'], ['ann'], ['ann', 'bob'], []].entries()) {
      if (lost.includes(minute)) await job.loseState(plan);
      // Half a minute past the minute, so that the cutoff is the last time that was not its own.
      outputs.push(await job.batch(plan, users, minute * MINUTE_MS + MINUTE_MS / 2, job.ttlOf(minute + 0.5, 0)));
    }
    assert.deepEqual(outputs, [
      [
        ['ann', '1', 'c'],
        ['bob', '2', 'c'],
      ],
      // All that came a minute ago has just ended: ann begins anew.
      [
        ['ann', '1', 'c'],
        ['ann', '1', 'd'],
        ['bob', '2', 'd'],
      ],
      [
        ['ann', '1', 'c'],
        ['ann', '1', 'd'],
      ],
      [
        ['ann', '1', 'c'],
        ['ann', '1', 'd'],
        ['bob', '1', 'c'],
      ],
      [
        ['ann', '1', 'd'],
        ['bob', '1', 'd'],
      ],
    ]);
  });
}

test('groups that were stored before the job had a ttl count as touched when it began', async (t) => {
  const [before, plan] = [await compile(t, null), await compile(t, MINUTE_MS)];
  assert.equal(statefulOperators(plan)[0]!.id, statefulOperators(before)[0]!.id);
  const job = openJob(t);
  await openPlan(job.lane, before);
  await job.batch(before, ['ann', 'bob'], 0, null);
  await job.loseState(plan);
  const since = (cutoffMinute: number, previousCutoffMinute: number | null): LaneTtl => ({
    sinceMs: 100 * MINUTE_MS,
    cutoffMs: cutoffMinute * MINUTE_MS,
    previousCutoffMs: previousCutoffMinute === null ? null : previousCutoffMinute * MINUTE_MS,
  });
  assert.deepEqual(await job.batch(plan, ['ann'], 100 * MINUTE_MS, since(99, null)), [
    ['ann', '1', 'd'],
    ['ann', '2', 'c'],
  ]);
  await job.loseState(plan);
  assert.deepEqual(await job.batch(plan, ['ann'], 100.5 * MINUTE_MS, since(99.5, 99)), [
    ['ann', '2', 'd'],
    ['ann', '3', 'c'],
  ]);
  await job.loseState(plan);
  assert.deepEqual(await job.batch(plan, [], 101 * MINUTE_MS, since(100, 99.5)), [['bob', '1', 'd']]);
});
