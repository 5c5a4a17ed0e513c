// Every point of a batch × every victim × every fault, on real processes: `npm run crash-matrix` writes docs/crash-matrix.md.
// `npm run crash-matrix -- 3` runs three at a time.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CrashCell, crashCells, runCrashCell } from '../e2e/support/crash-cell.ts';
import { crashMatrixPage } from './page.ts';

const OUTAGE_MS = 20_000;
const AT_ONCE_DEFAULT = 2;
/** The outage, a cluster's start, and slack for a busy machine. */
const CELL_TIMEOUT_MS = 180_000;

const page = join(resolve(import.meta.dirname, '../..'), 'docs/crash-matrix.md');
const atOnce = Number(process.argv[2] ?? AT_ONCE_DEFAULT);
const results: { cell: CrashCell; recoveryMs: number | null }[] = [];

describe('crash matrix', { concurrency: atOnce }, () => {
  for (const cell of crashCells(OUTAGE_MS)) {
    test(`${cell.point}: ${cell.victim} ${cell.fault}`, { timeout: CELL_TIMEOUT_MS }, async (t) => {
      const result = { cell, recoveryMs: null as number | null };
      results.push(result);
      result.recoveryMs = (await runCrashCell(t, cell)).recoveryMs;
      t.diagnostic(`${result.recoveryMs} ms`);
    });
  }
  after(() => writeFileSync(page, crashMatrixPage(results, OUTAGE_MS)));
});
