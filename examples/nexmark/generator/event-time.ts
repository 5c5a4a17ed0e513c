import type { Draws } from './draws.ts';
import type { Disorder, GeneratorOptions } from './generator-options.ts';

type Pace = Pick<GeneratorOptions, 'firstEventTimeMs' | 'eventsPerSecond'>;

/** Event time that an event has by its place in the stream, ms since the epoch. */
export function placeTimeMs(event: number, { firstEventTimeMs, eventsPerSecond }: Pace): number {
  return firstEventTimeMs + Math.floor((event * 1_000) / eventsPerSecond);
}

/** How far an event's time lies behind its place, ms. Draws as often without disorder, so that all else stays the same. */
export function drawLagMs(draws: Draws, { maxMs, share }: Disorder): number {
  const isLate = draws.share() < share;
  const lag = Math.ceil(draws.share() * maxMs);
  return isLate ? lag : 0;
}
