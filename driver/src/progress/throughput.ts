/** Over so long a time: a few batches of any job, and soon zero when nothing comes any more. */
const SPAN_MS = 10_000;

/** Records that were committed a second, over the last ten seconds. */
export type Throughput = {
  add(records: number, nowMs: number): void;
  /** Records per second. */
  rate(nowMs: number): number;
};

/** Times are monotonic ms; `sinceMs` is when counting began. */
export function createThroughput(sinceMs: number): Throughput {
  let batches: { records: number; atMs: number }[] = [];
  return {
    add(records, atMs) {
      batches = [...batches.filter((batch) => batch.atMs > atMs - SPAN_MS), { records, atMs }];
    },
    rate(nowMs) {
      const recent = batches.filter(({ atMs }) => atMs > nowMs - SPAN_MS);
      const spanMs = Math.max(1, Math.min(SPAN_MS, nowMs - sinceMs));
      return (recent.reduce((sum, { records }) => sum + records, 0) * 1_000) / spanMs;
    },
  };
}
