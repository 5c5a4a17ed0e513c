// Every point of a batch × every victim × every fault, on real processes.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CrashCell, crashCells, runCrashCell } from '../e2e/support/crash-cell.ts';
import { crashMatrixPage } from './page.ts';

const USAGE = `npm run crash-matrix -- [cells at a time, 2 unless told]

Kills, stops and cuts off drivers, executors and Redis at every named point of a batch, and holds what comes out against DuckDB's
answer. Takes ten minutes. Writes docs/crash-matrix.md. Exit code 1: something was lost or doubled, or took too long.`;

const OUTAGE_MS = 20_000;
const AT_ONCE_DEFAULT = 2;
/** The outage, a cluster's start, and slack for a busy machine. */
const CELL_TIMEOUT_MS = 180_000;

const page = join(resolve(import.meta.dirname, '../..'), 'docs/crash-matrix.md');
const [argument = String(AT_ONCE_DEFAULT)] = process.argv.slice(2);
const atOnce = Number(argument);
if (!Number.isSafeInteger(atOnce) || atOnce < 1) {
  console.log(USAGE);
  process.exit(argument === '--help' ? 0 : 2);
}
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
