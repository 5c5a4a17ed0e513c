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
    watermarkNow({ spec: { sources }, plan }, positions, null, 90_000, () => false);
  assert.equal(at(planned('events')), 55_000);
  assert.equal(at(planned('events', 'unread')), null);
});

test('by its own clock a plan has the present as watermark, which never goes back', () => {
  const plan = { ...planned(), clock: 'batchTime' as const };
  const at = (previousMs: number | null, nowMs: number) =>
    watermarkNow({ spec: { sources }, plan }, positions, previousMs, nowMs, () => false);
  assert.equal(at(null, 90_000), 90_000);
  assert.equal(at(80_000, 90_000), 90_000);
  assert.equal(at(95_000, 90_000), 95_000);
});
