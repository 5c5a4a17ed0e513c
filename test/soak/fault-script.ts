import type { Clock } from '@millrace/shared/clock';

/** What went wrong when: to be read again when a promise was broken. */
export type FaultScript = { tell(text: string): void; lines: readonly string[]; elapsed(): string };

export function createFaultScript(clock: Pick<Clock, 'monotonic'>, say: (line: string) => void): FaultScript {
  const sinceMs = clock.monotonic();
  const lines: string[] = [];
  const elapsed = () => `${((clock.monotonic() - sinceMs) / 1_000).toFixed(1)} s`;
  const tell = (text: string) => {
    const line = `${elapsed().padStart(8)}  ${text}`;
    lines.push(line);
    say(line);
  };
  return { tell, lines, elapsed };
}
