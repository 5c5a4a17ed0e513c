import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { MillraceError } from '@millrace/shared/errors';
import type { InterruptGuard } from '../compute/sql-session.ts';
import type { LaneInterrupt } from './messages.ts';

/** Attempts remembered as cancelled; an interrupt may overtake its task, but not thousands of others. */
const REMEMBERED_MAX = 1_000;

/** DuckDB forgets an interrupt that arrives while a statement is being started, so it is said again this often. */
const REPEAT_MS = 20;

export type Interrupts = InterruptGuard & {
  begin(attemptId: string): void;
  end(): void;
};

/**
 * Stops statements of attempts named on `port`. The port is served while a statement runs (the thread is free then);
 * an idle lane may block, so `begin` and `check` look for messages themselves.
 */
export function listenForInterrupts(port: MessagePort): Interrupts {
  const cancelled = new Set<string>();
  let attempt: string | null = null;

  const note = (message: LaneInterrupt) => {
    cancelled.add(message.attemptId);
    if (cancelled.size <= REMEMBERED_MAX) return;
    const [oldest] = cancelled;
    if (oldest !== undefined) cancelled.delete(oldest);
  };
  const drain = () => {
    for (let entry = receiveMessageOnPort(port); entry; entry = receiveMessageOnPort(port)) note(entry.message);
  };
  const isCancelled = () => attempt !== null && cancelled.has(attempt);
  port.on('message', note);
  port.unref();

  return {
    begin(attemptId) {
      attempt = attemptId;
    },
    end() {
      if (attempt !== null) cancelled.delete(attempt);
      attempt = null;
    },
    check() {
      drain();
      if (isCancelled()) throw new MillraceError('CANCELLED', 'The attempt was cancelled.', { details: { attempt } });
    },
    async during(connection, statement) {
      if (attempt === null) return await statement();
      const timer = setInterval(() => {
        if (isCancelled()) connection.interrupt();
      }, REPEAT_MS);
      const stopNow = () => {
        if (isCancelled()) connection.interrupt();
      };
      port.on('message', stopNow);
      try {
        return await statement();
      } finally {
        clearInterval(timer);
        port.off('message', stopNow);
      }
    },
  };
}
