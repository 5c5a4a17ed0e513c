import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Clock } from '@millrace/shared/clock';
import { createLogger } from '@millrace/shared/logging';
import { createMemoryLeaderStore } from '@millrace/shared/store';
import { standForElection } from '../../../driver/src/leadership/election.ts';
import { FOLLOW_MS, LEASE_MS } from '../../../driver/src/leadership/leadership.ts';
import { createManualClock, type ManualClock } from '../../shared/clock/manual-clock.ts';

const log = createLogger({ name: 'test', level: 'silent' });

/** A store with a clock of its own, and two drivers that have each another one. */
async function startTwo(t: TestContext, time: ManualClock, clockOf: (driver: 0 | 1) => Clock) {
  const leaders = createMemoryLeaderStore(time);
  const stand = (driver: 0 | 1) => {
    const self = { incarnation: `i${driver}`, address: `a${driver}`, seat: `s${driver}` };
    return standForElection(self, { leaders, clock: clockOf(driver), log }, () => {});
  };
  const [first, second] = [await stand(0), await stand(1)];
  const kinds = () => [first.role().kind, second.role().kind];
  t.after(() => Promise.all([first.leave(), second.leave()]));
  return { first, kinds, terms: () => [first.role().leader?.term, second.role().leader?.term] };
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const skews: [what: string, clockOf: (time: ManualClock) => (driver: 0 | 1) => Clock][] = [
  [
    'wall clocks that jump by days',
    (time) => () => {
      let jumps = 0;
      return { ...time, now: () => time.now() + DAY_MS * (++jumps % 2 === 0 ? jumps : -jumps) };
    },
  ],
  ['a leader whose clock runs at half speed', (time) => (driver) => (driver === 0 ? atSpeed(time, 0.5) : time)],
  [
    'another driver whose clock runs ten times as fast',
    (time) => (driver) => (driver === 1 ? atSpeed(time, 10) : time),
  ],
];

function atSpeed(time: ManualClock, speed: number): Clock {
  return {
    now: () => time.now() * speed,
    monotonic: () => time.monotonic() * speed,
    delay: (ms, signal) => time.delay(ms / speed, signal),
  };
}

for (const [what, clockOf] of skews) {
  test(`leases run by the store's clock: ${what} cost nobody the lead`, async (t) => {
    const time = createManualClock();
    const { first, kinds, terms } = await startTwo(t, time, clockOf(time));
    for (let i = 0; i < 60; i++) {
      await time.advance(LEASE_MS / 3);
      assert.deepEqual(kinds(), ['leader', 'follower']);
    }
    assert.deepEqual(terms(), [1, 1]);
    const leaving = first.leave();
    await time.advance(0);
    await leaving;
    await time.advance(FOLLOW_MS);
    assert.equal(kinds()[1], 'leader');
  });
}
