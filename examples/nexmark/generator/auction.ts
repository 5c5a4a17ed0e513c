import { drawAuctionLengthMs } from './auctions.ts';
import type { Draws } from './draws.ts';
import { FIRST_ID, lastAuction } from './event-mix.ts';
import type { GeneratorOptions } from './generator-options.ts';
import type { LineWriter } from './line-writer.ts';
import { writePadding } from './padding.ts';
import { drawPerson, hotSeller } from './people.ts';
import { drawPrice } from './price.ts';
import type { TextPool } from './text-pool.ts';

/** Few, so that a query finds something in few events. */
const CATEGORIES = 5;
const FIRST_CATEGORY = 10;
/** Shortest text, and what names and descriptions are shorter than. */
const TEXT_MIN = 3;
const NAME_BELOW = 20;
const DESCRIPTION_BELOW = 100;
/** Six numbers of eight bytes, as a size of the original counts them. */
const NUMBER_BYTES = 6 * 8;
const BLANK = 0x20;

const TEXT = {
  id: Buffer.from('{"id":'),
  name: Buffer.from(',"item_name":"'),
  description: Buffer.from('","description":"'),
  initialBid: Buffer.from('","initial_bid":'),
  reserve: Buffer.from(',"reserve":'),
  time: Buffer.from(',"date_time":'),
  expires: Buffer.from(',"expires":'),
  seller: Buffer.from(',"seller":'),
  category: Buffer.from(',"category":'),
  extra: Buffer.from(',"extra":"'),
  end: Buffer.from('"}'),
};

export type AuctionWriter = (event: number, timeMs: number) => void;

export function createAuctionWriter(
  line: LineWriter,
  draws: Draws,
  pools: { words: TextPool; padding: TextPool },
  options: GeneratorOptions,
): AuctionWriter {
  const { words, padding } = pools;
  /** A stretch of words without blanks at its ends. */
  const text = (below: number): number => {
    const length = TEXT_MIN + draws.below(below - TEXT_MIN);
    let start = draws.below(words.length - length);
    let end = start + length;
    if (words[start] === BLANK) start++;
    if (words[end - 1] === BLANK) end--;
    line.stretch(words, start, end);
    return end - start;
  };
  return (event, timeMs) => {
    const seller = draws.isHot(options.skew.hotSellers)
      ? hotSeller(event)
      : drawPerson(draws, event, options.activePeople);
    const category = FIRST_CATEGORY + draws.below(CATEGORIES);
    const initialBid = drawPrice(draws);
    const reserve = initialBid + drawPrice(draws);
    const expires = timeMs + drawAuctionLengthMs(draws, event, options);
    line.bytes(TEXT.id);
    line.number(FIRST_ID + lastAuction(event));
    line.bytes(TEXT.name);
    let textBytes = text(NAME_BELOW);
    line.bytes(TEXT.description);
    textBytes += text(DESCRIPTION_BELOW);
    line.bytes(TEXT.initialBid);
    line.number(initialBid);
    line.bytes(TEXT.reserve);
    line.number(reserve);
    line.bytes(TEXT.time);
    line.number(timeMs);
    line.bytes(TEXT.expires);
    line.number(expires);
    line.bytes(TEXT.seller);
    line.number(FIRST_ID + seller);
    line.bytes(TEXT.category);
    line.number(category);
    line.bytes(TEXT.extra);
    writePadding(line, draws, padding, options.sizes.auction - NUMBER_BYTES - textBytes);
    line.bytes(TEXT.end);
  };
}
