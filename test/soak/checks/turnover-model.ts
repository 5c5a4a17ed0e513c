import { WINDOW_MS } from '../jobs.ts';
import { type Entry, type Ledger, slice } from '../workload/ledger.ts';
import type { BatchReading } from './batch-rules.ts';

export type TurnoverWindow = { account: number; startMs: number; turnover: number; entries: number };

export type Turnover = {
  /** Windows that the last watermark has closed. */
  closed: TurnoverWindow[];
  lateRows: number;
};

/** What the turnover job owes: every batch read again from the ledger, under the watermark that was logged for it. */
export function turnoverOf(readings: readonly BatchReading[], ledger: Ledger): Turnover {
  const windows = new Map<string, TurnoverWindow>();
  let lateRows = 0;
  for (const { from, until, watermarkMs } of readings) {
    for (const [partition, { entries }] of ledger.entries()) {
      for (const entry of slice(entries, from[partition]!, until[partition]!)) {
        if (endOf(entry) <= (watermarkMs ?? Number.NEGATIVE_INFINITY)) lateRows += 1;
        else add(windows, entry);
      }
    }
  }
  const last = readings.at(-1)?.nextWatermarkMs ?? Number.NEGATIVE_INFINITY;
  return { closed: [...windows.values()].filter(({ startMs }) => startMs + WINDOW_MS <= last), lateRows };
}

const startOf = ({ ts }: Entry): number => Math.floor(ts / WINDOW_MS) * WINDOW_MS;
const endOf = (entry: Entry): number => startOf(entry) + WINDOW_MS;

function add(windows: Map<string, TurnoverWindow>, entry: Entry): void {
  const { account, amount } = entry;
  const startMs = startOf(entry);
  const key = `${account}/${startMs}`;
  const window = windows.get(key) ?? { account, startMs, turnover: 0, entries: 0 };
  window.turnover += Math.abs(amount);
  window.entries += 1;
  windows.set(key, window);
}
