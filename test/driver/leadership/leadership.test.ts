import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Leader } from '@millrace/shared/store';
import { FOLLOW_MS, nextRole, pauseMs, RENEW_MS, type Role } from '../../../driver/src/leadership/leadership.ts';

const leaderOf = (incarnation: string): Leader => ({ incarnation, address: 'h:1', seat: 's', term: 1 });
const unknown: Role = { kind: 'follower', leader: null };
const leads: Role = { kind: 'leader', leader: leaderOf('me') };
const follows: Role = { kind: 'follower', leader: leaderOf('other') };

const CASES: [what: string, before: Role, answer: Leader | null, after: Role, pause: number][] = [
  ['nobody else led', unknown, leaderOf('me'), leads, RENEW_MS],
  ['somebody leads', unknown, leaderOf('other'), follows, FOLLOW_MS],
  ['the lease is renewed', leads, leaderOf('me'), leads, RENEW_MS],
  ['another one took over', leads, leaderOf('other'), follows, FOLLOW_MS],
  ['the leader is gone', follows, leaderOf('me'), leads, RENEW_MS],
  ['a leader is not told anything', leads, null, leads, FOLLOW_MS],
  ['a follower is not told anything', follows, null, follows, FOLLOW_MS],
  ['nothing is known', unknown, null, unknown, FOLLOW_MS],
];

for (const [what, before, answer, after, pause] of CASES) {
  test(what, () => {
    const role = nextRole(before, answer, 'me');
    assert.deepEqual(role, after);
    assert.equal(pauseMs(role, answer), pause);
  });
}
