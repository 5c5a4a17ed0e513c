import { createDraws } from './draws.ts';

/** Random letters, of which texts are stretches: no text is made letter by letter. */
export type TextPool = Buffer;

const LETTERS = 26;
const A = 'a'.charCodeAt(0);
const BLANK = 0x20;
/** Of names and descriptions, which have a blank for every 13 letters. */
const WORDS_BYTES = 64 * 1024;
const BLANK_EVERY = 13;
/** Of what fills events up. Bytes. */
const PADDING_BYTES = 1024 * 1024;

/** Lower-case letters alone. */
export function createPadding(seed: number): TextPool {
  const draws = createDraws(seed);
  return Buffer.from(Uint8Array.from({ length: PADDING_BYTES }, () => A + draws.below(LETTERS)));
}

/** Letters and blanks, never a blank beside another. */
export function createWords(seed: number): TextPool {
  const draws = createDraws(seed);
  let before = BLANK;
  return Buffer.from(
    Uint8Array.from({ length: WORDS_BYTES }, () => {
      before = before !== BLANK && draws.below(BLANK_EVERY) === 0 ? BLANK : A + draws.below(LETTERS);
      return before;
    }),
  );
}
