/** Distinct users; each window of each of them is a group. */
export const USERS = 10_000;

/** A multiple of every window the bench uses, so that windows begin with the topic. ms since the epoch. */
export const EVENT_TIME_START_MS = 1_700_000_000_000;

/** Amounts are uniform between these, the second exclusive. */
export const [AMOUNT_MIN, AMOUNT_MAX] = [100, 600];

const COUNTRIES = ['DE', 'FR', 'IT', 'ES', 'NL', 'PL', 'SE', 'US'] as const;
const MERCHANTS = 500;

const TEMPLATE =
  '{"user":"u00000","amount":"100.00","ts":0000000000000,"merchant":"m000","country":"DE","card":"41110000"}';
const at = (field: string, skip: number) => TEMPLATE.indexOf(`"${field}":`) + field.length + 3 + skip;
const USER_AT = at('user', 2);
const AMOUNT_AT = at('amount', 1);
const TS_AT = at('ts', 0);
const MERCHANT_AT = at('merchant', 2);
const COUNTRY_AT = at('country', 1);
const CARD_AT = at('card', 5);

/** Odd constants that spread the bits of an index: uniform, and the same in every run. */
const USER_SPREAD = 2_654_435_761;
const AMOUNT_SPREAD = 2_246_822_519;

/** Writes payment `index` of a stream as JSON, always the same bytes; no object or string is made. */
export type PaymentWriter = {
  /** Holds one payment at a time, from its beginning to `bytes`. */
  buffer: Buffer;
  bytes: number;
  write(index: number, eventTimeMs: number): void;
};

export function createPaymentWriter(): PaymentWriter {
  const buffer = Buffer.from(TEMPLATE);
  return {
    buffer,
    bytes: buffer.length,
    write(index, eventTimeMs) {
      const user = mix(index, USER_SPREAD) % USERS;
      const cents = mix(index, AMOUNT_SPREAD) % ((AMOUNT_MAX - AMOUNT_MIN) * 100);
      digits(buffer, USER_AT, 5, user);
      digits(buffer, AMOUNT_AT, 3, AMOUNT_MIN + Math.floor(cents / 100));
      digits(buffer, AMOUNT_AT + 4, 2, cents % 100);
      digits(buffer, TS_AT, 13, eventTimeMs);
      digits(buffer, MERCHANT_AT, 3, cents % MERCHANTS);
      buffer.write(COUNTRIES[user % COUNTRIES.length]!, COUNTRY_AT, 'latin1');
      digits(buffer, CARD_AT, 4, user);
    },
  };
}

/** Event time of payment `index` when so many of them make a second. ms since the epoch. */
export function eventTimeMs(index: number, recordsPerSecond: number): number {
  return EVENT_TIME_START_MS + Math.floor((index * 1_000) / recordsPerSecond);
}

/** A number that seems to be drawn, the same in every run; `spread` is odd. Below 2³². */
export function mix(index: number, spread: number): number {
  const product = Math.imul(index + 1, spread);
  return (product ^ (product >>> 15)) >>> 0;
}

/** JSON knows no leading zeros, but `ts` always has its 13 digits and all else is text. */
function digits(buffer: Buffer, start: number, count: number, value: number): void {
  let rest = value;
  for (let position = start + count - 1; position >= start; position--) {
    buffer[position] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
