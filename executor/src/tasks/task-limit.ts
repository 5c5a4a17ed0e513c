import type { Clock } from '@millrace/shared/clock';

/** Bounds the time that an attempt works. */
export type TaskLimit = {
  /** Until this settles the attempt waits for others, which does not count. */
  waitsFor(turn: Promise<unknown>): void;
  close(): void;
};

/** `exceeded` is called once when the attempt has worked for `limitMs`, unless it is closed before. */
export function startTaskLimit(limitMs: number, clock: Clock, exceeded: () => void): TaskLimit {
  let leftMs = limitMs;
  let waits = 0;
  let closed = false;
  let counting: { sinceMs: number; stop: AbortController } | null = null;

  const count = () => {
    if (closed || waits > 0) return;
    const stop = new AbortController();
    counting = { sinceMs: clock.monotonic(), stop };
    clock.delay(leftMs, stop.signal).then(exceeded, () => {});
  };
  const pause = () => {
    if (counting === null) return;
    leftMs = Math.max(0, leftMs - (clock.monotonic() - counting.sinceMs));
    counting.stop.abort();
    counting = null;
  };
  count();
  return {
    waitsFor(turn) {
      pause();
      waits += 1;
      const over = () => {
        waits -= 1;
        count();
      };
      turn.then(over, over);
    },
    close() {
      pause();
      closed = true;
    },
  };
}
