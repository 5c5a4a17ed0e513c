import type { Draws } from './draws.ts';
import { createDraws } from './draws.ts';

/** `"channel":"…","url":"…"` of one channel, ready to be written. */
export type Channel = Buffer;

export type Channels = { hot: readonly Channel[]; others: readonly Channel[] };

const HOT_NAMES = ['Google', 'Facebook', 'Baidu', 'Apple'];
const OTHERS = 10_000;
/** One in so many urls does not say which channel it is of. */
const WITHOUT_ID = 10;
/** A part of a path is shorter than this, and at least three long. */
const PART_BELOW = 5;
const PART_MIN = 3;
const PARTS = 3;
/** One in so many letters of a path is an underscore. */
const UNDERSCORE_EVERY = 13;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The channels of a stream: a url belongs to its channel for good. */
export function createChannels(seed: number): Channels {
  const draws = createDraws(seed);
  return {
    hot: HOT_NAMES.map((name) => channel(name, urlOf(draws))),
    others: Array.from({ length: OTHERS }, (_, index) => {
      const url = urlOf(draws);
      const id = draws.below(WITHOUT_ID) > 0 ? `&channel_id=${Math.abs(reverseBits(index))}` : '';
      return channel(`channel-${index}`, url + id);
    }),
  };
}

/** Every second bid comes over one of the hot channels. */
export function drawChannel(draws: Draws, { hot, others }: Channels): Channel {
  const from = draws.isHot(2) ? hot : others;
  return from[draws.below(from.length)]!;
}

const channel = (name: string, url: string): Channel => Buffer.from(`"channel":"${name}","url":"${url}"`);

function urlOf(draws: Draws): string {
  const parts = Array.from({ length: PARTS }, () => {
    const length = PART_MIN + draws.below(PART_BELOW - PART_MIN);
    return Array.from({ length }, () => (draws.below(UNDERSCORE_EVERY) === 0 ? '_' : LETTERS[draws.below(26)])).join(
      '',
    );
  });
  return `https://www.nexmark.com/${parts.join('/')}/item.htm?query=1`;
}

/** The 32 bits of a number the other way round, as a signed number: ids that do not follow one another. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed;
}
