import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watermarkNow } from '../../../driver/src/planning/watermark-now.ts';
import { specOf } from '../../shared/sql/spec-of.ts';

const spec = specOf('SELECT 1', 'append');
const [events] = spec.sources;
const sources = [events!, { ...events!, name: 'unread' }];
const position = { topic: 'events', partition: 0, offset: 10 };
const positions = [
  { ...position, source: 'events', maxEventTimeMs: 60_000 },
  { ...position, source: 'unread', maxEventTimeMs: null },
];
const planned = (...names: string[]) => ({
  sources: names.map((name) => ({ name, columns: [], metadata: [], eventTimeColumn: 'ts' })),
});

test('a source that the query does not read does not hold the watermark back', () => {
  const at = (plan: ReturnType<typeof planned>) =>
    watermarkNow({ spec: { sources }, plan }, positions, null, () => false);
  assert.equal(at(planned('events')), 55_000);
  assert.equal(at(planned('events', 'unread')), null);
});
