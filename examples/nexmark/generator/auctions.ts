import type { Draws } from './draws.ts';
import { AUCTIONS, lastAuction, MIX } from './event-mix.ts';
import { placeTimeMs } from './event-time.ts';
import type { GeneratorOptions } from './generator-options.ts';

/** Auctions that bids are for before they are open. */
const LEAD = 10;
/** Of so many auctions in a row one is hot. */
const HOT_OF = 100;

/** Any auction that is likely to be open at this event, from 0. */
export function drawAuction(draws: Draws, event: number, auctionsInFlight: number): number {
  const last = lastAuction(event);
  const first = Math.max(last - auctionsInFlight, 0);
  return first + draws.below(last - first + 1 + LEAD);
}

export function hotAuction(event: number): number {
  return Math.floor(lastAuction(event) / HOT_OF) * HOT_OF;
}

/** How long an auction lasts: on average until the number that is in flight has been opened after it. ms. */
export function drawAuctionLengthMs(draws: Draws, event: number, options: GeneratorOptions): number {
  const eventsUntil = Math.floor((options.auctionsInFlight * MIX) / AUCTIONS);
  const horizonMs = placeTimeMs(event + eventsUntil, options) - placeTimeMs(event, options);
  return 1 + draws.below(Math.max(horizonMs * 2, 1));
}
