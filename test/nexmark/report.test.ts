import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckResult } from './check/check-query.ts';
import { withTable } from './document.ts';
import { isFine, markdownTable, textTable } from './report.ts';
import type { QueryResult } from './run-query.ts';

const check: CheckResult = {
  rows: 1_234,
  records: 2_000,
  missing: 0,
  surplus: 0,
  sample: [],
  verdict: 'equal',
  batches: 9,
  lateRows: 0,
};
const steady = { recordsPerSecond: 1_234_567, commits: 8, records: 4_000_000, longestBatchMs: 700 };
const throughput = { steady, pipeEventsPerSecond: 2_469_134, ratio: 0.5, phasesMs: {} };

const RAN: QueryResult = { query: 'q0', kind: 'ran', check, throughput };
const DIFFERS: QueryResult = {
  query: 'q4',
  kind: 'ran',
  check: { ...check, verdict: 'differs', missing: 1, surplus: 2, sample: ['missing {"category":10}'], lateRows: 3 },
  throughput: null,
};
const REFUSED: QueryResult = { query: 'q5', kind: 'refused', reason: 'INNER JOIN is not supported yet.' };
const FAILED: QueryResult = { query: 'q10', kind: 'failed', reason: 'OUT_OF_MEMORY: too much', check };
const TOO_FEW: QueryResult = {
  query: 'q1',
  kind: 'ran',
  check: null,
  throughput: { ...throughput, steady: null, ratio: null },
};

test('the table has a line for each query, and below what there is to say', () => {
  assert.equal(
    textTable([RAN, TOO_FEW, DIFFERS, REFUSED, FAILED]),
    `query  what it is                            events/s  bare pipe  ratio       target  answer
q0     pass through                         1,234,567  2,469,134   0.50  ≥ 1,000,000  equal, 1,234 rows
q1     currency conversion                          –  2,469,134      –  ≥ 1,000,000  –
q4     average winning price of a category          –          –      –    ≥ 150,000  differs, 1,234 rows
q5     hot items in hopping windows                 –          –      –    ≥ 500,000  refused
q10    log with day and minute                      –          –      –            –  failed
q1: too few batches to measure: give more --events
q4: 1 rows are missing, 2 are wrong
q4: missing {"category":10}
q4: 3 rows came late
q5: refused: INNER JOIN is not supported yet.
q10: failed: OUT_OF_MEMORY: too much`,
  );
});

test('a refusal is fine, a difference and a failure are not', () => {
  assert.deepEqual([RAN, TOO_FEW, REFUSED, DIFFERS, FAILED].map(isFine), [true, true, true, false, false]);
});

test('the table of the document stands between its marks', () => {
  const table = markdownTable([RAN]);
  assert.match(
    table,
    /^\| query \| what it is \| events\/s \|.*\n\| --- \| --- \| ---: \|.*\n\| q0 \| pass through \| 1,234,567 \|/,
  );
  const text = 'before\n<!-- results: begin -->\nold\n<!-- results: end -->\nafter\n';
  const written = withTable(text, table);
  assert.equal(written, text.replace('old', table));
  assert.equal(withTable(written, table), written);
  assert.throws(() => withTable('no marks', table));
});
