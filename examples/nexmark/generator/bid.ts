import { drawAuction, hotAuction } from './auctions.ts';
import { createChannels, drawChannel } from './channels.ts';
import type { Draws } from './draws.ts';
import { FIRST_ID } from './event-mix.ts';
import type { GeneratorOptions } from './generator-options.ts';
import type { LineWriter } from './line-writer.ts';
import { writePadding } from './padding.ts';
import { drawPerson, hotBidder } from './people.ts';
import { drawPrice } from './price.ts';
import type { TextPool } from './text-pool.ts';

/** Four numbers of eight bytes. Channel and url, which came to NEXMark later, are not counted in the original either. */
const NUMBER_BYTES = 4 * 8;

const TEXT = {
  auction: Buffer.from('{"auction":'),
  bidder: Buffer.from(',"bidder":'),
  price: Buffer.from(',"price":'),
  comma: Buffer.from(','),
  time: Buffer.from(',"date_time":'),
  extra: Buffer.from(',"extra":"'),
  end: Buffer.from('"}'),
};

export type BidWriter = (event: number, timeMs: number) => void;

export function createBidWriter(
  line: LineWriter,
  draws: Draws,
  padding: TextPool,
  options: GeneratorOptions,
): BidWriter {
  const { skew, auctionsInFlight, activePeople, sizes } = options;
  const channels = createChannels(options.seed);
  return (event, timeMs) => {
    const auction = draws.isHot(skew.hotAuctions) ? hotAuction(event) : drawAuction(draws, event, auctionsInFlight);
    const bidder = draws.isHot(skew.hotBidders) ? hotBidder(event) : drawPerson(draws, event, activePeople);
    line.bytes(TEXT.auction);
    line.number(FIRST_ID + auction);
    line.bytes(TEXT.bidder);
    line.number(FIRST_ID + bidder);
    line.bytes(TEXT.price);
    line.number(drawPrice(draws));
    line.bytes(TEXT.comma);
    line.bytes(drawChannel(draws, channels));
    line.bytes(TEXT.time);
    line.number(timeMs);
    line.bytes(TEXT.extra);
    writePadding(line, draws, padding, sizes.bid - NUMBER_BYTES);
    line.bytes(TEXT.end);
  };
}
