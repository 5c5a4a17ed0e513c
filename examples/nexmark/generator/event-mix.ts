/** Of 50 events in a row the first is a person, three are auctions, the rest bids. */
export const PERSONS = 1;
export const AUCTIONS = 3;
export const BIDS = 46;
export const MIX = PERSONS + AUCTIONS + BIDS;

/** As `event_type` says it. */
export const EVENT_TYPE = { person: 0, auction: 1, bid: 2 } as const;
export type EventKind = keyof typeof EVENT_TYPE;

/** High enough that ids look like ids. Persons and auctions are numbered from here. */
export const FIRST_ID = 1_000;

export function kindOf(event: number): EventKind {
  const place = event % MIX;
  if (place < PERSONS) return 'person';
  return place < PERSONS + AUCTIONS ? 'auction' : 'bid';
}

/** Number of the last person, from 0, among the events up to this one. */
export function lastPerson(event: number): number {
  return Math.floor(event / MIX) * PERSONS + Math.min(event % MIX, PERSONS - 1);
}

/** Number of the last auction, from 0, among the events up to this one; −1 before the first. */
export function lastAuction(event: number): number {
  const round = Math.floor(event / MIX) * AUCTIONS;
  const place = (event % MIX) - PERSONS;
  return place < 0 ? round - 1 : round + Math.min(place, AUCTIONS - 1);
}
