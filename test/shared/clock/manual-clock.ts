import type { Clock } from '@millrace/shared/clock';

/** Time that passes only when a test says so. */
export type ManualClock = Clock & {
  /** Ends all delays that are due, in order, and lets what waits for them run. */
  advance(ms: number): Promise<void>;
};

export function createManualClock(): ManualClock {
  let now = 0;
  const delays = new Set<{ atMs: number; end(): void }>();
  return {
    now: () => now,
    monotonic: () => now,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const delay = { atMs: now + ms, end: resolve };
        delays.add(delay);
        signal?.addEventListener('abort', () => {
          delays.delete(delay);
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      await settled();
      const untilMs = now + ms;
      for (;;) {
        const next = [...delays].sort((a, b) => a.atMs - b.atMs).find(({ atMs }) => atMs <= untilMs);
        if (!next) break;
        now = next.atMs;
        delays.delete(next);
        next.end();
        await settled();
      }
      now = untilMs;
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
