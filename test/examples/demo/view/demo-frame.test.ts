import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_VIEW, foldWatch, PLAIN, visibleLength, type WatchView } from '@millrace/cli/output';
import type { ExecutorSummary, Progress, WatchEvent } from '@millrace/proto';
import { type DemoFacts, demoFrame, demoLine } from '../../../../examples/demo/view/demo-frame.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);

const progress: Progress = {
  jobId: 'spend-by-user',
  batchId: 41,
  timestampMs: NOW_MS,
  durationMs: 700,
  phases: ['trigger', 'plan', 'log', 'map', 'reduce', 'commit', 'publish'].map((phase) => ({ phase, ms: 100 })),
  counts: {
    recordsIn: 350_000,
    skippedRecords: 0,
    bytesIn: 4e7,
    badRecords: 0,
    nullFields: 0,
    lateRows: 0,
    rowsOut: 2_000,
    bytesOut: 3e5,
    badByReason: {},
    rowsByOutput: {},
    lateByOperator: {},
  },
  partitions: [],
  watermarkMs: NOW_MS - 5_000,
  tasks: 6,
  retries: 2,
  secondAttempts: 0,
  state: [{ operatorId: 'a', rows: 4_000, bytes: 1e6, blobs: 3, blobBytes: 1e5 }],
};

const job: NonNullable<WatchEvent['job']> = {
  ...{ jobId: 'spend-by-user', status: 'running', lastBatch: 41, submittedMs: NOW_MS },
  ...{ lagRecords: 12, recordsPerSecond: 500_000, failure: null },
};

const view: WatchView = foldWatch(EMPTY_VIEW, { job, progress, sinkText: '', task: null });

const executor = (id: number, status: string): ExecutorSummary => ({
  ...{ executorId: `executor-${id}`, incarnation: `i${id}`, address: '127.0.0.1:1', status, lanes: 1, busyLanes: 1 },
  ...{ residentBytes: 2e8, lastHeartbeatMs: NOW_MS, tasksDone: 1_234, tasksFailed: 1 },
});

const facts: DemoFacts = {
  paid: 1_234_567,
  executors: [executor(1, 'alive'), executor(2, 'lost'), executor(3, 'alive'), executor(4, 'alive')],
  spenders: Array.from({ length: 20 }, (_, rank) => ['12:00:00', `anna-${rank}`, '17', '1234.50']),
  news: Array.from({ length: 60 }, (_, index) => `news ${index} ${'of a task that is retried elsewhere '.repeat(4)}`),
};

const SIZES: [width: number, height: number][] = [
  [80, 23],
  [120, 50],
  [40, 10],
  [20, 3],
];

for (const [width, height] of SIZES) {
  test(`the panel fits into ${width} × ${height}`, () => {
    const lines = demoFrame(view, facts, NOW_MS, { width, height }, PLAIN);
    assert.ok(lines.length <= height, `${lines.length} lines`);
    for (const line of lines) assert.ok(visibleLength(line) < width, line);
  });
}

test('80 × 23 shows progress, every executor, the result and the last news', () => {
  const text = demoFrame(view, facts, NOW_MS, { width: 80, height: 23 }, PLAIN).join('\n');
  for (const part of ['batch 41', 'throughput', 'lag', 'watermark', 'phases', '1,234,567', 'executor-4', 'lost']) {
    assert.ok(text.includes(part), `${part} is missing:\n${text}`);
  }
  assert.match(text, /12:00:00 +anna-0 +17 +1234\.50/);
  for (const index of [56, 57, 58, 59]) assert.ok(text.includes(`news ${index} `), text);
});

test('a higher screen shows more of the result and of the news', () => {
  const lines = demoFrame(view, facts, NOW_MS, { width: 80, height: 60 }, PLAIN);
  assert.equal(lines.filter((line) => line.includes('anna-')).length, 12);
  assert.ok(lines.filter((line) => line.startsWith('news ')).length > 20);
  assert.equal(lines.length, 60);
});

test('a lost executor has neither lanes nor memory', () => {
  const lines = demoFrame(view, facts, NOW_MS, { width: 80, height: 23 }, PLAIN);
  assert.match(lines.find((line) => line.startsWith('executor-2'))!, /^executor-2 +lost +1,234 +1$/);
});

test('one line says it for a log', () => {
  assert.equal(demoLine(view, facts), '  batch 41  1.23 M payments made  500 k/s  lag 12  3 executors');
});
