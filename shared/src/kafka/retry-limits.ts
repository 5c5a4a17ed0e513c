/** Retries of a request whose leader moved or does not answer: about 4 s in all, then the caller's own retry decides. */
export const RETRIES_MAX = 7;

/** No retry later than this after the first failure: where each try takes its whole timeout, two are enough. */
export const RETRY_SPAN_MAX_MS = 20_000;

/** Retries for a topic or partition Kafka does not know: only for the moments after it was created or moved. */
export const UNKNOWN_RETRIES_MAX = 2;

const BACKOFF_INITIAL_MS = 50;
/** Elections take from 50 ms to a few seconds. */
const BACKOFF_MAX_MS = 1_000;

/** Pause before retry 1, 2, 3 …, in ms. */
export function backoffMs(retry: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_INITIAL_MS * 2 ** (retry - 1));
}
