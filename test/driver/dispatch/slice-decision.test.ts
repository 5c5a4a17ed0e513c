import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustRun, type SliceFacts, statsAfter } from '../../../driver/src/dispatch/slice-decision.ts';
import { spreadOfTotals } from '../../executor/lanes/graph-plan.ts';

const [, , totals, spread] = spreadOfTotals().stages;
const known = (operatorId: string, nextExpiryMs?: number) => ({
  ...{ operatorId, rows: 1, bytes: 1 },
  ...(nextExpiryMs === undefined ? {} : { nextExpiryMs }),
});
const QUIET: SliceFacts = {
  hasBlocks: false,
  forgets: false,
  stats: [known('totals')],
  watermarkMs: 10,
  modes: ['append', 'update'],
};

const CASES: [string, Partial<SliceFacts>, boolean][] = [
  ['nothing to do', {}, false],
  ['rows to take in', { hasBlocks: true }, true],
  ['the whole result is asked for', { modes: ['append', 'complete'] }, true],
  ['its state is not known', { stats: [known('spread')] }, true],
  ['time closes some of its rows', { stats: [known('totals', 10)] }, true],
  ['and not yet', { stats: [known('totals', 11)] }, false],
  ['there is no time', { stats: [known('totals', 10)], watermarkMs: null }, false],
  ['time closes rows of another stage', { stats: [known('totals'), known('spread', 10)] }, false],
];
for (const [what, facts, expected] of CASES) {
  test(`whether a slice runs: ${what}`, () => assert.equal(mustRun(totals!, { ...QUIET, ...facts }), expected));
}

test('a slice runs to take back what is forgotten, if it has anything', () => {
  const [operator] = totals!.operators.filter(({ id }) => id === 'totals');
  const stageOf = (takesBack: boolean) => ({
    operators: [{ ...operator!, state: { ...operator!.state!, ttl: { evictSql: '', takesBack } } }],
  });
  assert.equal(mustRun(stageOf(true), { ...QUIET, forgets: true }), true);
  assert.equal(mustRun(stageOf(true), QUIET), false);
  assert.equal(mustRun(stageOf(true), { ...QUIET, forgets: true, stats: [{ ...known('totals'), rows: 0 }] }), false);
  assert.equal(mustRun(stageOf(false), { ...QUIET, forgets: true }), false);
});

test('a stage without state runs for its rows alone', () => {
  const operators = spread!.operators.map((operator) => ({ ...operator, state: null }));
  assert.equal(mustRun({ operators }, { ...QUIET, stats: [] }), false);
});

test('operators of stages that did not run keep what was known of them', () => {
  const [before, after] = [known('totals', 1), known('totals', 2)];
  assert.deepEqual(statsAfter([known('spread'), before], [{ operators: [after] }]), [known('spread'), after]);
  assert.deepEqual(statsAfter([before], []), [before]);
});
