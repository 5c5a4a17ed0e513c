import { test } from 'node:test';
import { type CrashCell, runCrashCell } from './support/crash-cell.ts';

// A few cells of docs/crash-matrix.md, which `npm run crash-matrix` makes whole.

/** Past every lease. */
const OUTAGE_MS = 6_000;

const CELLS: Omit<CrashCell, 'outageMs'>[] = [
  { point: 'a map task is done, and nobody knows', victim: 'executor', fault: 'cut' },
  { point: 'a reduce task has prepared, and nobody knows', victim: 'redis', fault: 'stopped' },
  { point: 'the batch is committed, its publish on its way', victim: 'driver', fault: 'stopped' },
];

for (const cell of CELLS) {
  test(`${cell.point}: ${cell.victim} ${cell.fault}`, async (t) => {
    const { recoveryMs } = await runCrashCell(t, { ...cell, outageMs: OUTAGE_MS });
    t.diagnostic(`${recoveryMs} ms until the next batch`);
  });
}
