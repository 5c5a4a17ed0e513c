import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inputAt } from './fuzz-input.ts';
import { runFuzz } from './run-fuzz.ts';
import { target } from './trap/target.ts';

const SEED = 5;
/** Long enough for any process to begin; the findings end it. */
const SPAN_MS = 120_000;

test('what comes out wrong, kills the process or hangs is found, and the rest is tried all the same', async () => {
  const kinds = new Map<number, string>([
    [3, 'wrong'],
    [5, 'died'],
    [8, 'hangs'],
  ]);
  const expected: { index: number; kind: string }[] = [];
  for (let index = 0; new Set(expected.map(({ kind }) => kind)).size < kinds.size; index++) {
    const kind = kinds.get(inputAt(target, [], SEED, index)[0]! % 16);
    if (kind) expected.push({ index, kind });
  }
  const module = fileURLToPath(new URL('trap/target.ts', import.meta.url));
  const run = { module, seed: SEED, spanMs: SPAN_MS, findingsMax: expected.length, hangMs: 1_000 };
  const { findings } = await runFuzz(run);
  assert.deepEqual(
    findings.map(({ index }) => index),
    expected.map(({ index }) => index),
  );
  for (const [at, { kind }] of expected.entries()) assert.match(findings[at]!.message, new RegExp(kind));
});
