import assert from 'node:assert/strict';
import type { Ledger } from '../workload/ledger.ts';
import type { Outcome } from '../workload/ledger-writer.ts';

/** The topic holds both halves of every transfer that was committed, of none that was aborted, and they cancel out. */
export function assertLedger(ledger: Ledger, outcomes: ReadonlyMap<number, Outcome>): void {
  const found = new Map<number, { halves: number; sum: number }>();
  for (const { transfer, amount } of ledger.flatMap(({ entries }) => entries)) {
    const before = found.get(transfer) ?? { halves: 0, sum: 0 };
    found.set(transfer, { halves: before.halves + 1, sum: before.sum + amount });
  }
  for (const [transfer, { halves, sum }] of found) {
    assert.deepEqual({ halves, sum }, { halves: 2, sum: 0 }, `transfer ${transfer}`);
    assert.notEqual(outcomes.get(transfer), 'aborted', `transfer ${transfer} was aborted and is read`);
  }
  for (const [transfer, outcome] of outcomes) {
    if (outcome === 'committed') assert.ok(found.has(transfer), `transfer ${transfer} was committed and is not read`);
  }
}
