import type { Logger } from '@millrace/shared/logging';
import type { Metrics } from '@millrace/shared/metrics';

import type { LogLine } from '../world/world.ts';

/** A logger that formats nothing: a seed prints what it logs only when it is replayed. */
export function quietLogger(onLine: (line: LogLine) => void): Logger {
  const lineOf = (level: string) => (facts: unknown, text?: string) => {
    const { code, err } = (typeof facts === 'object' && facts !== null ? facts : {}) as {
      code?: string;
      err?: { code?: string; message?: string };
    };
    const message = [text ?? String(facts), err?.message].filter(Boolean).join(': ');
    onLine({ level, message, code: code ?? err?.code });
  };
  const nothing = () => {};
  const logger = {
    ...{ trace: nothing, debug: nothing, info: lineOf('info') },
    ...{ warn: lineOf('warn'), error: lineOf('error'), fatal: lineOf('fatal') },
    child: () => logger,
  };
  return logger as unknown as Logger;
}

/** Counts nothing. */
export function noMetrics(): Metrics {
  const series = { inc() {}, set() {}, observe() {}, remove() {} };
  const metrics = { counter: () => series, gauge: () => series, histogram: () => series, forget: async () => {} };
  return metrics as unknown as Metrics;
}
