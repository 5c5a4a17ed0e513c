import type { Draws } from './draws.ts';
import { FIRST_ID, lastPerson } from './event-mix.ts';
import type { GeneratorOptions } from './generator-options.ts';
import type { LineWriter } from './line-writer.ts';
import { writePadding } from './padding.ts';
import type { TextPool } from './text-pool.ts';

const encoded = (words: string) => words.split(',').map((word) => Buffer.from(word));
const FIRST_NAMES = encoded('Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter');
const LAST_NAMES = encoded('Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris');
const CITIES = encoded('Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne');
const STATES = encoded('AZ,CA,ID,OR,WA,WY');

/** Shortest text, and what the name and the host of an address are shorter than. */
const TEXT_MIN = 3;
const EMAIL_NAME_BELOW = 7;
const EMAIL_HOST_BELOW = 5;
const CARD_GROUPS = 4;
const CARD_DIGITS = 4;
/** The id, as a size of the original counts it. */
const NUMBER_BYTES = 8;

const TEXT = {
  id: Buffer.from('{"id":'),
  name: Buffer.from(',"name":"'),
  blank: Buffer.from(' '),
  email: Buffer.from('","email_address":"'),
  at: Buffer.from('@'),
  card: Buffer.from('.com","credit_card":"'),
  city: Buffer.from('","city":"'),
  state: Buffer.from('","state":"'),
  time: Buffer.from('","date_time":'),
  extra: Buffer.from(',"extra":"'),
  end: Buffer.from('"}'),
};
/** Of the values above: the blank, the @, `.com` and the blanks between groups of digits. */
const CONSTANT_BYTES = 1 + 1 + 4 + CARD_GROUPS * CARD_DIGITS + CARD_GROUPS - 1;

export type PersonWriter = (event: number, timeMs: number) => void;

export function createPersonWriter(
  line: LineWriter,
  draws: Draws,
  padding: TextPool,
  { sizes }: GeneratorOptions,
): PersonWriter {
  const pick = (choices: readonly Buffer[]): Buffer => choices[draws.below(choices.length)]!;
  const letters = (below: number): number => {
    const length = TEXT_MIN + draws.below(below - TEXT_MIN);
    const start = draws.below(padding.length - length);
    line.stretch(padding, start, start + length);
    return length;
  };
  return (event, timeMs) => {
    const [first, last, city, state] = [pick(FIRST_NAMES), pick(LAST_NAMES), pick(CITIES), pick(STATES)];
    line.bytes(TEXT.id);
    line.number(FIRST_ID + lastPerson(event));
    line.bytes(TEXT.name);
    line.bytes(first);
    line.bytes(TEXT.blank);
    line.bytes(last);
    line.bytes(TEXT.email);
    let emailBytes = letters(EMAIL_NAME_BELOW);
    line.bytes(TEXT.at);
    emailBytes += letters(EMAIL_HOST_BELOW);
    line.bytes(TEXT.card);
    for (let group = 0; group < CARD_GROUPS; group++) {
      if (group > 0) line.bytes(TEXT.blank);
      line.digits(draws.below(10 ** CARD_DIGITS), CARD_DIGITS);
    }
    line.bytes(TEXT.city);
    line.bytes(city);
    line.bytes(TEXT.state);
    line.bytes(state);
    line.bytes(TEXT.time);
    line.number(timeMs);
    line.bytes(TEXT.extra);
    const bytes = NUMBER_BYTES + first.length + last.length + emailBytes + city.length + state.length + CONSTANT_BYTES;
    writePadding(line, draws, padding, sizes.person - bytes);
    line.bytes(TEXT.end);
  };
}
