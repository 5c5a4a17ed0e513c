import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '@millrace/shared/errors';

/** What readiness watches beside the check: a server that ended will never answer. */
export type Watched = { ending(): string | undefined; logTail(): string };

/** Between two questions to a starting server: short beside its start, long beside one question. */
const ASK_EVERY_MS = 50;

/** Asks until `answers` resolves; rejects with the server's last words when it ended or `timeoutMs` is over. */
export async function untilReady(
  name: string,
  server: Watched,
  answers: () => Promise<void>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    const ending = server.ending();
    if (ending !== undefined) {
      throw new MillraceError('INTERNAL', `${name} ended with ${ending} while starting. Its log:\n${server.logTail()}`);
    }
    try {
      return await answers();
    } catch (error) {
      last = error;
    }
    await delay(ASK_EVERY_MS);
  }
  const message = `${name} did not answer within ${timeoutMs} ms (${String(last)}). Its log:\n${server.logTail()}`;
  throw new MillraceError('INTERNAL', message, { cause: last });
}
