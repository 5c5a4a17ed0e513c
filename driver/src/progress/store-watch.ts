import type { Clock } from '@millrace/shared/clock';
import { toMillraceError } from '@millrace/shared/errors';
import type { Logger } from '@millrace/shared/logging';
import type { StoreWarning } from '@millrace/shared/store';

/** Settings of the store change by hand, or with a failover; a look costs two small commands. */
const LOOK_EVERY_MS = 30_000;

/**
 * Looks at the store's settings from time to time and says so when they change for the worse, once each time. A store that has begun to evict is
 * used on, since what it loses is noticed and stops the jobs concerned; by then it is late, so the log says it as an error.
 */
export async function watchStore(
  known: readonly StoreWarning[],
  { check, clock, log }: { check(): Promise<StoreWarning[]>; clock: Pick<Clock, 'delay'>; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let told = new Set<string>(known.map(({ code }) => code));
  async function look(before: Set<string>): Promise<Set<string>> {
    try {
      const warnings = await check();
      for (const { code, message, hint } of warnings) if (!before.has(code)) log.warn({ code, hint }, message);
      return new Set(warnings.map(({ code }) => code));
    } catch (thrown) {
      const { code, message, hint } = toMillraceError(thrown);
      if (code !== 'STORE_UNSAFE') return before;
      if (!before.has(code)) log.error({ code, hint }, message);
      return new Set([code]);
    }
  }

  for (;;) {
    await clock.delay(LOOK_EVERY_MS, signal).catch(() => {});
    if (signal.aborted) return;
    told = await look(told);
  }
}
