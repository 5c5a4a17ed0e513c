import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseRecreated } from '../../../driver/src/planning/topic-identity.ts';

const topic = (id: string, source = 's') => ({ source, topic: 't', id });

test('the topic that was read is read on, and so is one of which nothing is known', () => {
  refuseRecreated([topic('a')], [topic('a')]);
  refuseRecreated([], [topic('b')]);
  refuseRecreated([topic('a')], []);
  refuseRecreated([topic('a')], [topic('b', 'of another cluster')]);
});

test('another topic of the same name is refused', () => {
  assert.throws(() => refuseRecreated([topic('a')], [topic('b')]), {
    code: 'OFFSETS_GONE',
    details: { source: 's', topic: 't', topicId: 'b', topicIdRead: 'a' },
  });
});
