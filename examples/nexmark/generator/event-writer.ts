import assert from 'node:assert/strict';
import { createAuctionWriter } from './auction.ts';
import { createBidWriter } from './bid.ts';
import { createDraws } from './draws.ts';
import { EVENT_TYPE, type EventKind, kindOf } from './event-mix.ts';
import { drawLagMs, placeTimeMs } from './event-time.ts';
import type { GeneratorOptions } from './generator-options.ts';
import { createLineWriter } from './line-writer.ts';
import { createPersonWriter } from './person.ts';
import { createPadding, createWords } from './text-pool.ts';

/** Writes any event of a NEXMark stream as JSON, always the same bytes. */
export type EventWriter = {
  /** Holds one event at a time, from its beginning to what `write` returns. */
  readonly buffer: Buffer;
  /** Writes event `event`, counted from 0, and returns its length in bytes. */
  write(event: number): number;
};

/** What an event is beside the texts whose average size is set: names, punctuation, the longest url. Bytes. */
const FRAME_BYTES = 1_024;
/** Texts are at most by a fifth longer than on average. */
const SIZE_FACTOR = 2;

const opening = (kind: EventKind) => Buffer.from(`{"event_type":${EVENT_TYPE[kind]},"date_time":`);
const member = (kind: EventKind) => Buffer.from(`,"${kind}":`);
const KINDS: readonly EventKind[] = ['person', 'auction', 'bid'];
const OPENING = Object.fromEntries(KINDS.map((kind) => [kind, opening(kind)])) as Record<EventKind, Buffer>;
const MEMBER = Object.fromEntries(KINDS.map((kind) => [kind, member(kind)])) as Record<EventKind, Buffer>;
const END = Buffer.from('}');

/**
 * A stream of people who come, auctions they open and bids they make, in the proportion 1:3:46, as the generators of Apache
 * Beam and of nexmark/nexmark make it. Where they draw from one sequence, every event here has its own: threads can share
 * the work, and what is written does not depend on how.
 */
export function createEventWriter(options: GeneratorOptions): EventWriter {
  const { seed, sizes, disorder } = options;
  const line = createLineWriter(FRAME_BYTES + SIZE_FACTOR * Math.max(sizes.person, sizes.auction, sizes.bid));
  const draws = createDraws(seed);
  const padding = createPadding(seed);
  const write: Record<EventKind, (event: number, timeMs: number) => void> = {
    person: createPersonWriter(line, draws, padding, options),
    auction: createAuctionWriter(line, draws, { words: createWords(seed), padding }, options),
    bid: createBidWriter(line, draws, padding, options),
  };
  return {
    buffer: line.buffer,
    write(event) {
      draws.begin(event);
      const timeMs = placeTimeMs(event, options) - drawLagMs(draws, disorder);
      const kind = kindOf(event);
      line.clear();
      line.bytes(OPENING[kind]);
      line.number(timeMs);
      line.bytes(MEMBER[kind]);
      write[kind](event, timeMs);
      line.bytes(END);
      assert.ok(line.length() <= line.buffer.length);
      return line.length();
    },
  };
}
