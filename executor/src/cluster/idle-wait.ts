import type { Clock } from '@millrace/shared/clock';

/** Waits until nothing is left to do, told by events rather than by looking again and again. */
export type IdleWait = {
  /** Call it after whatever may make the executor idle. */
  changed(): void;
  /** True when it became idle, false when `timeoutMs` passed first. */
  wait(timeoutMs: number): Promise<boolean>;
};

export function createIdleWait(isIdle: () => boolean, clock: Clock): IdleWait {
  const waiting = new Set<() => void>();
  return {
    changed: () => {
      if (!isIdle()) return;
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
    wait: async (timeoutMs) => {
      if (isIdle()) return true;
      const stop = new AbortController();
      const idle = new Promise<boolean>((resolve) => waiting.add(() => resolve(true)));
      const late = clock.delay(timeoutMs, stop.signal).then(() => false);
      late.catch(() => {}); // the delay that is called off
      try {
        return await Promise.race([idle, late]);
      } finally {
        stop.abort();
      }
    },
  };
}
