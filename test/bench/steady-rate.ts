/** A committed batch as a watcher saw it. */
export type Batch = {
  /** When its progress arrived, monotonic ms. */
  atMs: number;
  records: number;
  /** From plan to publish, as the driver measured it. */
  durationMs: number;
  phases: readonly { phase: string; ms: number }[];
};

export type SteadyRate = { recordsPerSecond: number; commits: number; records: number; longestBatchMs: number };

/** Share of the batches that are warm-up: the rate estimator doubles its bound with each, and code gets compiled. */
const WARM_UP_SHARE = 0.25;

/**
 * Records per second between the last commit of the warm-up and the last commit, batches without data left out. Null: too
 * few batches to say anything.
 */
export function steadyRate(batches: readonly Batch[]): SteadyRate | null {
  const filled = batches.filter(({ records }) => records > 0);
  const first = Math.max(1, Math.ceil(filled.length * WARM_UP_SHARE));
  const span = filled.slice(first);
  const start = filled[first - 1];
  const end = span.at(-1);
  if (!start || !end) return null;
  const records = span.reduce((sum, batch) => sum + batch.records, 0);
  return {
    recordsPerSecond: (records * 1_000) / (end.atMs - start.atMs),
    commits: span.length,
    records,
    longestBatchMs: Math.max(...span.map(({ durationMs }) => durationMs)),
  };
}

/** Mean of each phase over the measured span, ms. */
export function meanPhases(batches: readonly Batch[]): Map<string, number> {
  const filled = batches.filter(({ records }) => records > 0);
  const span = filled.slice(Math.max(1, Math.ceil(filled.length * WARM_UP_SHARE)));
  const sums = new Map<string, number>();
  for (const { phases } of span) {
    for (const { phase, ms } of phases) sums.set(phase, (sums.get(phase) ?? 0) + ms / span.length);
  }
  return sums;
}

/** The batch in the middle, by duration. */
export function medianBatch(batches: readonly Batch[]): Batch | undefined {
  return batches.toSorted((a, b) => a.durationMs - b.durationMs)[Math.floor(batches.length / 2)];
}

/** Value below which `share` of the values lie. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
