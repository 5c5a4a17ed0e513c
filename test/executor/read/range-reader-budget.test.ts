import assert from 'node:assert/strict';
import test from 'node:test';
import { createByteBudget } from '../../../executor/src/read/range-reader-budget.ts';

const never = new AbortController().signal;
const admitted = async (promise: Promise<unknown>) => {
  const pending = Symbol();
  // Two turns of the microtask queue: one for the reservation, one for its promise.
  return (await Promise.race([promise, Promise.resolve().then(() => Promise.resolve(pending))])) !== pending;
};

test('admits up to the limit and the rest as bytes are released', async () => {
  const budget = createByteBudget(100);
  const first = await budget.reserve(60, never);
  const second = budget.reserve(60, never);
  assert.equal(await admitted(second), false);
  first.release();
  first.release();
  assert.equal(await admitted(second), true);
  assert.equal(budget.held(), 60);
});

test('a task larger than the budget runs when nothing else does', async () => {
  const budget = createByteBudget(100);
  const large = await budget.reserve(500, never);
  const small = budget.reserve(1, never);
  assert.equal(await admitted(small), false);
  large.release();
  assert.equal(await admitted(small), true);
});

test('small ones do not overtake a large one', async () => {
  const budget = createByteBudget(100);
  const first = await budget.reserve(50, never);
  const large = budget.reserve(90, never);
  const small = budget.reserve(10, never);
  assert.equal(await admitted(small), false);
  first.release();
  assert.equal(await admitted(large), true);
  assert.equal(await admitted(small), true);
});

test('what was really read replaces the estimate', async () => {
  const budget = createByteBudget(100);
  const first = await budget.reserve(90, never);
  const second = budget.reserve(50, never);
  first.resize(40);
  assert.equal(await admitted(second), true);
  assert.equal(budget.held(), 90);
});

test('one that gives up leaves the queue and lets the next in', async () => {
  const budget = createByteBudget(100);
  const first = await budget.reserve(50, never);
  const leaving = new AbortController();
  const large = budget.reserve(90, leaving.signal);
  const small = budget.reserve(50, never);
  leaving.abort(new Error('left'));
  await assert.rejects(large, /left/);
  assert.equal(await admitted(small), true);
  first.release();
  assert.equal(budget.held(), 50);
  assert.equal(budget.waiting(), 0);
});

test('an aborted signal is refused at once', async () => {
  const aborted = AbortSignal.abort(new Error('gone'));
  await assert.rejects(createByteBudget(1).reserve(1, aborted), /gone/);
});
