import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DueFacts, dueBatch, hasUnread, nextTickMs } from '../../../driver/src/trigger/due-batch.ts';

const position = { source: 's', topic: 't', partition: 0, offset: 5, maxEventTimeMs: null };
const end = (latest: number, partition = 0) => ({ source: 's', topic: 't', partition, latest });
const facts = (change: Partial<DueFacts>): DueFacts => ({
  ...{ first: false, positions: [position], latest: [end(5)], watermarkMs: null, nextExpiryMs: null, forgets: false },
  ...change,
});

test('why a batch is due', () => {
  assert.equal(dueBatch(facts({})), null);
  assert.equal(dueBatch(facts({ first: true })), 'first');
  assert.equal(dueBatch(facts({ latest: [end(6)] })), 'data');
  assert.equal(dueBatch(facts({ watermarkMs: 10, nextExpiryMs: 10 })), 'time');
  assert.equal(dueBatch(facts({ watermarkMs: 9, nextExpiryMs: 10 })), null);
  assert.equal(dueBatch(facts({ watermarkMs: null, nextExpiryMs: 10 })), null);
  assert.equal(dueBatch(facts({ forgets: true })), 'time');
});
test('a partition that appeared is unread when it holds anything', () => {
  assert.equal(hasUnread([position], [end(5), end(0, 1)]), false);
  assert.equal(hasUnread([position], [end(5), end(1, 1)]), true);
});
test('ticks are multiples of the interval', () => {
  assert.equal(nextTickMs(1_001, 500), 1_500);
  assert.equal(nextTickMs(1_500, 500), 2_000);
});
