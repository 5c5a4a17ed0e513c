import assert from 'node:assert/strict';
import test from 'node:test';
import { type FenceFacts, judgeDriver, judgeRun, judgeTask, type RunsSeen } from '../../../executor/src/tasks/fence.ts';

const facts: FenceFacts = { incarnation: 'here', draining: false, epochSeen: 5, planHash: 'plan', finishedBatch: 7 };
const task = { incarnation: 'here', driverEpoch: 5, planHash: 'plan', batchId: 8 };

const cases: {
  what: string;
  task?: Partial<typeof task>;
  facts?: Partial<FenceFacts>;
  code: string | null;
  raises: boolean;
}[] = [
  { what: 'the present driver', code: null, raises: false },
  { what: 'a newer driver', task: { driverEpoch: 6 }, code: null, raises: true },
  { what: 'an older driver', task: { driverEpoch: 4 }, code: 'STALE_DRIVER_EPOCH', raises: false },
  {
    what: 'another incarnation, even from a newer driver',
    task: { incarnation: 'gone', driverEpoch: 6 },
    code: 'EXECUTOR_LOST',
    raises: false,
  },
  { what: 'a draining executor', facts: { draining: true }, code: 'EXECUTOR_DRAINING', raises: false },
  {
    what: 'a draining executor that hears of a newer driver',
    task: { driverEpoch: 6 },
    facts: { draining: true },
    code: 'EXECUTOR_DRAINING',
    raises: true,
  },
  { what: 'another plan', task: { planHash: 'new' }, code: 'JOB_NOT_OPEN', raises: false },
  {
    what: 'a job never seen',
    facts: { epochSeen: null, planHash: null, finishedBatch: -1 },
    code: 'JOB_NOT_OPEN',
    raises: true,
  },
  { what: 'a batch that is committed', task: { batchId: 7 }, code: 'STALE_BATCH', raises: false },
  {
    what: 'a committed batch, replayed by a newer driver',
    task: { batchId: 7, driverEpoch: 6 },
    code: null,
    raises: true,
  },
];

for (const { what, code, raises, ...given } of cases) {
  test(`${what}: ${code ?? 'admitted'}`, () => {
    const verdict = judgeTask({ ...task, ...given.task }, { ...facts, ...given.facts });
    assert.equal(verdict.refusal?.code ?? null, code);
    assert.equal(verdict.raisesEpoch, raises);
  });
}

test('a driver epoch alone is judged the same way', () => {
  assert.deepEqual(judgeDriver(3, null), { raisesEpoch: true, refusal: null });
  assert.deepEqual(judgeDriver(3, 3), { raisesEpoch: false, refusal: null });
  assert.equal(judgeDriver(2, 3).refusal?.code, 'STALE_DRIVER_EPOCH');
});

const request = { driverEpoch: 6, run: 'ours', submittedMs: 1, lastBatch: 7 };
const runs: [what: string, seen: Partial<RunsSeen>, changed: Partial<typeof request>, contradiction: RegExp | null][] =
  [
    ['a job never seen', {}, {}, null],
    ['the run that opened it before', { opened: { run: 'ours', submittedMs: 1 } }, {}, null],
    ['another run under the same driver epoch', { opened: { run: 'theirs', submittedMs: 1 } }, {}, /epoch 6 was given/],
    ['all that was committed before', { past: { submittedMs: 1, batch: 7 } }, {}, null],
    ['a batch missing', { past: { submittedMs: 1, batch: 8 } }, {}, /batch 8 was committed before, and 7 is the last/],
    ['no batch any more', { past: { submittedMs: 1, batch: 0 } }, { lastBatch: -1 }, /batch 0 was committed/],
    ['batches of a deleted job of the name', { past: { submittedMs: 0, batch: 99 } }, {}, null],
    ['a query that only looks', { opened: { run: 'theirs', submittedMs: 1 } }, { run: '' }, null],
  ];

for (const [what, seen, changed, contradiction] of runs) {
  test(`opened for a run, with ${what}: ${contradiction ? 'the store was rolled back' : 'fine'}`, () => {
    const found = judgeRun({ ...request, ...changed }, { opened: null, past: null, ...seen });
    if (contradiction === null) assert.equal(found, null);
    else assert.match(found ?? '', contradiction);
  });
}
