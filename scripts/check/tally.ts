/** What a run came to. */
export type Tally = {
  passed: number;
  failed: number;
  /** Skipped and todo tests: neither passed nor failed. */
  skipped: number;
};

/** The counts of the test runner's closing summary. */
export type SummaryCounts = { passed: number; failed: number; cancelled: number; skipped: number; todo: number };

/**
 * The tally of a run. A cancelled (timed out) test failed. A file without a test counts as passed to the test runner; here it
 * failed, as did each step before the tests that did not pass, and a run of nothing.
 */
export function tallyOf(counts: SummaryCounts | undefined, emptyFiles: number, failedSteps: number): Tally {
  const { passed, failed, cancelled, skipped, todo } = counts ?? NOTHING;
  const tally = {
    passed: passed - emptyFiles,
    failed: failed + cancelled + emptyFiles + failedSteps,
    skipped: skipped + todo,
  };
  return tally.passed + tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

const NOTHING: SummaryCounts = { passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };

/** The last line of `npm test`. */
export function tallyLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}
