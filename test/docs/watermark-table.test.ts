import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceWatermark } from '../../driver/src/planning/watermark.ts';
import { documentAt } from './documents.ts';

const ROW = /^\| \d+ \| ([\d:, ]+) \| (none|[\d:]+) \| (open|closed)/gm;
const DELAY_MS = 5_000;
const WINDOW_END_MS = at('12:00:10');

function at(time: string): number {
  return Date.parse(`2026-01-01T${time}Z`);
}

test('the batches of docs/sql.md have the watermarks that the driver would plan', () => {
  const rows = [...documentAt('docs/sql.md').matchAll(ROW)];
  assert.equal(rows.length, 3);
  let maxEventTimeMs: number | null = null;
  let watermark: number | null = null;
  for (const [, times = '', shown = '', window] of rows) {
    watermark = sourceWatermark([{ maxEventTimeMs, idle: false }], DELAY_MS, watermark);
    assert.equal(watermark, shown === 'none' ? null : at(shown));
    assert.equal(window === 'closed', watermark !== null && watermark >= WINDOW_END_MS);
    maxEventTimeMs = Math.max(maxEventTimeMs ?? 0, ...times.split(', ').map(at));
  }
});
