import type { Draws } from './draws.ts';
import { lastPerson } from './event-mix.ts';

/** People who are named before they have come. */
const LEAD = 10;
/** Of so many people in a row one is a hot seller, and the next a hot bidder. */
const HOT_OF = 100;

/** Any person who is active at this event, from 0. */
export function drawPerson(draws: Draws, event: number, activePeople: number): number {
  const people = lastPerson(event) + 1;
  const active = Math.min(people, activePeople);
  return people - active + draws.below(active + LEAD);
}

export function hotSeller(event: number): number {
  return Math.floor(lastPerson(event) / HOT_OF) * HOT_OF;
}

export function hotBidder(event: number): number {
  return hotSeller(event) + 1;
}
