import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError, toFailure } from '@millrace/shared/errors';
import type { LaneReply, LaneRequest } from '../../../executor/src/lanes/messages.ts';
import { createLaneSet, type Lane } from '../../../executor/src/tasks/lane-set.ts';

/** A lane that answers when told to; the main side is the subject. */
function manualLane() {
  const requests: { request: LaneRequest; reply: (reply: LaneReply) => void; die: (error: Error) => void }[] = [];
  const interrupted: string[] = [];
  const lane: Lane = {
    run: (request) => new Promise((reply, die) => requests.push({ request, reply, die })),
    interrupt: (attemptId) => interrupted.push(attemptId),
    close: async () => {},
  };
  return { lane, requests, interrupted, kinds: () => requests.map(({ request }) => request.kind) };
}

const plan = { jobId: 'j', planHash: 'p', planJson: '{}' };
const close: LaneRequest = { kind: 'closeJob', jobId: 'j' };
const { signal } = new AbortController();
const turn = () => new Promise(setImmediate);

test('spreads tasks that come at once over the lanes, and honours a home', () => {
  const set = createLaneSet([manualLane().lane, manualLane().lane], () => {});
  const at = (lane: number) => ({ lane, plan, attemptId: 'a', signal });
  const first = set.choose(-1);
  void set.runAttempt(at(first), close);
  const second = set.choose(-1);
  void set.runAttempt(at(second), close);
  assert.deepEqual([first, second], [0, 1]);
  assert.equal(set.choose(1), 1);
  assert.equal(set.busy(), 2);
  void set.run(1, close);
  assert.deepEqual([set.choose(-1), set.queued()], [0, 1]);
});

test('opens a job once per lane, and anew when its plan changes', async () => {
  const manual = manualLane();
  const set = createLaneSet([manual.lane], () => {});
  const at = (planHash: string) => ({ lane: 0, plan: { ...plan, planHash }, attemptId: 'a', signal });
  const both = [set.runAttempt(at('p'), close), set.runAttempt(at('p'), close)];
  await turn();
  assert.deepEqual(manual.kinds(), ['openJob']);
  manual.requests[0]!.reply({ kind: 'done' });
  await turn();
  assert.deepEqual(manual.kinds(), ['openJob', 'closeJob', 'closeJob']);
  for (const { reply } of manual.requests) reply({ kind: 'done' });
  await Promise.all(both);
  void set.runAttempt(at('q'), close);
  assert.deepEqual(manual.kinds().slice(3), ['closeJob', 'openJob']);
});

test('a job that could not be opened is tried again', async () => {
  const manual = manualLane();
  const set = createLaneSet([manual.lane], () => {});
  const failed = set.openEverywhere(plan);
  const failure = toFailure(new MillraceError('OUT_OF_MEMORY', 'no room'));
  manual.requests[0]!.reply({ kind: 'failed', failure });
  await assert.rejects(failed, { code: 'OUT_OF_MEMORY' });
  const again = set.openEverywhere(plan);
  manual.requests[1]!.reply({ kind: 'done' });
  await again;
});

test('an abort interrupts the attempt and is what the caller learns', async () => {
  const manual = manualLane();
  const set = createLaneSet([manual.lane], () => {});
  const leaving = new AbortController();
  const running = set.runAttempt({ lane: 0, plan, attemptId: 'a', signal: leaving.signal }, close);
  manual.requests[0]!.reply({ kind: 'done' });
  await turn();
  leaving.abort(new Error('left'));
  assert.deepEqual(manual.interrupted, ['a']);
  manual.requests[1]!.reply({ kind: 'failed', failure: toFailure(new MillraceError('CANCELLED', 'interrupted')) });
  await assert.rejects(running, /left/);
  assert.equal(set.busy(), 0);
});

test('an attempt that is cancelled before its turn does not wait for it', async () => {
  const manual = manualLane();
  const set = createLaneSet([manual.lane], () => {});
  const leaving = new AbortController();
  const before = set.run(0, close);
  const waiting = set.runAttempt({ lane: 0, plan, attemptId: 'a', signal: leaving.signal }, close);
  leaving.abort(new Error('left'));
  await assert.rejects(waiting, /left/);
  assert.deepEqual(manual.interrupted, ['a']);
  for (const { reply } of manual.requests) reply({ kind: 'done' });
  await before;
});

test('what is ahead in a lane ends with its last request, however that ends', async () => {
  const manual = manualLane();
  const set = createLaneSet([manual.lane], () => {});
  await set.ahead(0);
  const running = set.run(0, close);
  let isOver = false;
  const over = set.ahead(0).then(() => {
    isOver = true;
  });
  await turn();
  assert.equal(isOver, false);
  manual.requests[0]!.reply({ kind: 'failed', failure: toFailure(new MillraceError('QUERY_FAILED', 'no')) });
  await assert.rejects(running);
  await over;
});

test('a lane that died is told of', async () => {
  const manual = manualLane();
  const lost: MillraceError[] = [];
  const set = createLaneSet([manual.lane], (error) => lost.push(error));
  const running = set.run(0, close);
  manual.requests[0]!.die(new MillraceError('EXECUTOR_LOST', 'the thread ended'));
  await assert.rejects(running, { code: 'EXECUTOR_LOST' });
  assert.equal(lost.length, 1);
});

test('a version of a table is loaded right ahead of the first task that wants it, and again when that failed', async () => {
  const manual = manualLane();
  const set = createLaneSet([manual.lane], () => {});
  const at = (version: string) => {
    const tables = [{ table: 't', version, path: `/${version}` }];
    return { lane: 0, plan, attemptId: 'a', signal, tables };
  };
  const first = [set.runAttempt(at('v1'), close), set.runAttempt(at('v1'), close)];
  manual.requests[0]!.reply({ kind: 'done' });
  await turn();
  assert.deepEqual(manual.kinds(), ['openJob', 'loadTables', 'closeJob', 'closeJob']);
  for (const { reply } of manual.requests) reply({ kind: 'done' });
  await Promise.all(first);
  const second = set.runAttempt(at('v2'), close);
  await turn();
  assert.deepEqual(manual.kinds().slice(4), ['loadTables', 'closeJob']);
  const failure = toFailure(new MillraceError('OUT_OF_MEMORY', 'no room'));
  manual.requests[4]!.reply({ kind: 'failed', failure });
  manual.requests[5]!.reply({ kind: 'done' });
  await assert.rejects(second, { code: 'OUT_OF_MEMORY' });
  void set.runAttempt(at('v2'), close);
  await turn();
  assert.deepEqual(manual.kinds().slice(6), ['loadTables', 'closeJob']);
});
