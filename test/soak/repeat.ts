import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';

/** Runs `step` again and again, `pauseMs` after its end, until the signal fires. Rejects when a step does. */
export async function repeat(
  clock: Pick<Clock, 'delay'>,
  pauseMs: number,
  signal: AbortSignal,
  step: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await step();
    await clock.delay(pauseMs, signal).catch(() => {});
  }
}

/** Lets a step fail because Kafka is away: it is repeated. */
export async function unlessKafkaIsAway(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'KAFKA_UNAVAILABLE') throw error;
  }
}

const LOOK_MS = 100;

/** Until `holds`; rejects after `withinMs` with what was waited for and how it stands. */
export async function until(
  clock: Pick<Clock, 'delay' | 'monotonic'>,
  what: string,
  withinMs: number,
  holds: () => boolean,
  stand: () => string,
): Promise<void> {
  const giveUpMs = clock.monotonic() + withinMs;
  while (!holds()) {
    if (clock.monotonic() > giveUpMs) throw new Error(`not within ${withinMs} ms: ${what}. ${stand()}`);
    await clock.delay(LOOK_MS);
  }
}
