import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import { stateAtTakeover } from '../../../driver/src/execution-state.ts';
import { planBatch } from '../../../driver/src/planning/plan-batch.ts';
import { specOf } from '../../shared/sql/spec-of.ts';

const spec = specOf('SELECT 1', 'append');
const facts = { reason: 'time' as const, positions: [], latest: [], topics: [], watermarkMs: 95_000 };

function timesOf(plan: Partial<JobPlan>, nowMs: number): [number, number | null] {
  const tables = { current: () => [] } as never;
  const job = { spec, plan: plan as JobPlan, driverEpoch: 1 as never, tables };
  const { timestampMs, watermarkMs } = planBatch(
    job,
    stateAtTakeover({ lastCommit: null, state: [] } as never),
    facts,
    nowMs,
  );
  return [timestampMs, watermarkMs];
}

test('a batch has the time it is planned at, and the watermark of its trigger', () => {
  assert.deepEqual(timesOf({}, 90_000), [90_000, 95_000]);
});

test('where the watermark is the time of the batch both are one, and a clock that is behind does not set them back', () => {
  assert.deepEqual(timesOf({ clock: 'batchTime' }, 100_000), [100_000, 100_000]);
  assert.deepEqual(timesOf({ clock: 'batchTime' }, 90_000), [95_000, 95_000]);
});
