import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOneTask, type SourceTasks } from '../../../driver/src/dispatch/in-one-task.ts';
import { spreadOfTotals } from '../../executor/lanes/graph-plan.ts';

const [payments, refunds] = spreadOfTotals().stages;
const slice = { incarnation: 'a', lane: 0, index: 0, partitions: [0] };
const tasks = (stage: typeof payments, count: number): SourceTasks => ({
  stage: stage!,
  tasks: Array.from({ length: count }, () => []),
});

const CASES: [string, SourceTasks[], (typeof slice)[], boolean][] = [
  ['one source has something for one task', [tasks(payments, 0), tasks(refunds, 1)], [slice], true],
  ['two sources have something', [tasks(payments, 1), tasks(refunds, 1)], [slice], false],
  ['more than one task should read', [tasks(payments, 2), tasks(refunds, 0)], [slice], false],
  ['there is nothing to read', [tasks(payments, 0), tasks(refunds, 0)], [slice], false],
  ['state lies in two lanes', [tasks(payments, 1)], [slice, { ...slice, index: 1 }], false],
  ['nothing is kept', [tasks(payments, 1)], [], false],
];
for (const [what, sources, slices, expected] of CASES) {
  test(`whether one task does it all: ${what}`, () => assert.equal(inOneTask(sources, slices) !== null, expected));
}
