import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import type { Candidate, LeaderStore } from '@millrace/shared/store';

const LONG_MS = 60_000;
const SHORT_MS = 40;
const LOOK_MS = 10;

const candidate = (incarnation: string, seat = incarnation): Candidate => ({
  ...{ incarnation, seat },
  address: `${incarnation}:7070`,
});

/** What every leader store must do. `open` gives one that nobody leads. */
export function leaderStoreContract(name: string, open: (t: TestContext) => Promise<LeaderStore>): void {
  describe(`leader store contract: ${name}`, () => {
    test('the first to ask leads, the others learn who does', async (t) => {
      const store = await open(t);
      const first = await store.lead(candidate('a'), LONG_MS);
      assert.deepEqual(first, { ...candidate('a'), term: 1 });
      assert.deepEqual(await store.lead(candidate('b'), LONG_MS), first);
    });

    test('the leader renews its lease and stays in its term', async (t) => {
      const store = await open(t);
      await store.lead(candidate('a'), SHORT_MS);
      assert.equal((await store.lead(candidate('a'), LONG_MS)).term, 1);
      await systemClock.delay(SHORT_MS * 2);
      assert.equal((await store.lead(candidate('b'), LONG_MS)).incarnation, 'a');
    });

    test('a lease that is not renewed ends, and another one begins a new term', async (t) => {
      const store = await open(t);
      await store.lead(candidate('a'), SHORT_MS);
      while ((await store.lead(candidate('b'), LONG_MS)).incarnation !== 'b') await systemClock.delay(LOOK_MS);
      const leader = { ...candidate('b'), term: 2 };
      assert.deepEqual(await store.lead(candidate('a'), LONG_MS), leader, 'the old leader learns it');
    });

    test('who resigns is followed at once; who does not lead resigns nothing', async (t) => {
      const store = await open(t);
      await store.lead(candidate('a'), LONG_MS);
      await store.resign('b');
      assert.equal((await store.lead(candidate('b'), LONG_MS)).incarnation, 'a');
      await store.resign('a');
      assert.deepEqual(await store.lead(candidate('b'), LONG_MS), { ...candidate('b'), term: 2 });
    });

    test('a process that took the seat of the leader leads at once', async (t) => {
      const store = await open(t);
      await store.lead(candidate('a', 'host/7070'), LONG_MS);
      const next = candidate('a2', 'host/7070');
      assert.deepEqual(await store.lead(next, LONG_MS), { ...next, term: 2 });
    });
  });
}
