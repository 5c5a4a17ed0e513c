/** What the events of a NEXMark stream depend on; the same options give the same bytes. */
export type GeneratorOptions = {
  seed: number;
  /** Event time of event 0, ms since the epoch. */
  firstEventTimeMs: number;
  /** How many events make a second of event time. The delay between two events is its inverse. */
  eventsPerSecond: number;
  disorder: Disorder;
  skew: Skew;
  /** What an event of each kind comes to on average, names and punctuation of JSON not counted. Bytes. */
  sizes: { person: number; auction: number; bid: number };
  /** Auctions that a bid may be for, the latest ones. An auction lasts about as long as it takes until so many more are open. */
  auctionsInFlight: number;
  /** People who bid and sell, the latest ones. */
  activePeople: number;
};

/** Event times that lie behind an event's place in the stream. */
export type Disorder = {
  /** An event is late by at most this. 0: all events come in order. ms. */
  maxMs: number;
  /** Of the events, between 0 and 1. */
  share: number;
};

/** Of n events n − 1 go to what is hot at the time, and one to any. 1: nothing is hot. */
export type Skew = { hotAuctions: number; hotBidders: number; hotSellers: number };

/** As Beam and Flink have them, but for the first event time: a multiple of all windows, and a day ends 40 s later. */
export const GENERATOR_DEFAULTS: GeneratorOptions = {
  seed: 1,
  firstEventTimeMs: Date.UTC(2015, 6, 14, 23, 59, 20),
  eventsPerSecond: 10_000,
  disorder: { maxMs: 0, share: 0.1 },
  skew: { hotAuctions: 2, hotBidders: 4, hotSellers: 4 },
  sizes: { person: 200, auction: 500, bid: 100 },
  auctionsInFlight: 100,
  activePeople: 1_000,
};
