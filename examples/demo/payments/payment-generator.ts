import type { Random } from '@millrace/shared/clock';

/** One card payment. All texts are plain ASCII without quotes. */
export type Payment = {
  user: string;
  /** Euros with two decimals, as text: a JSON number would invite a reader to make a double of it. */
  amount: string;
  /** Event time, ms since the epoch. */
  ts: number;
  merchant: string;
  country: string;
  card: string;
};

/** Payments reach the topic out of order by less than this, well inside the watermark delay of 5 s of the job. */
export const DISORDER_MAX_MS = 2_000;

const USERS = 2_000;
/** Uniform numbers raised to this: a tenth of the users makes about half of the payments. */
const USER_SKEW = 3;
/** Most payments are on time, few are as late as they can be. */
const DISORDER_SKEW = 4;
/** Spread of amounts around a merchant's median, in natural logarithms. */
const AMOUNT_SPREAD = 0.7;

const FIRST_NAMES = 'anna ben chloe david emma felix greta hugo ida jonas klara liam mia noah olga paul rosa sam'.split(
  ' ',
);
const CARDS = ['visa', 'mastercard', 'amex', 'girocard'] as const;

/** Name, country, median of a payment in cents. */
const MERCHANTS: readonly (readonly [string, string, number])[] = [
  ['corner-cafe', 'DE', 480],
  ['metro-tickets', 'FR', 290],
  ['green-grocer', 'DE', 2_350],
  ['city-books', 'GB', 1_890],
  ['streamflix', 'NL', 1_299],
  ['north-fuel', 'SE', 6_120],
  ['shoe-box', 'ES', 7_450],
  ['la-trattoria', 'IT', 4_260],
  ['grand-hotel', 'AT', 18_900],
  ['sky-air', 'IE', 23_400],
  ['laptop-house', 'PL', 89_900],
];

/** Endless payments, the same for the same random numbers; `nowMs` is where their event times lie. */
export function createPaymentGenerator(random: Random): (nowMs: number) => Payment {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  return (nowMs) => {
    const user = Math.floor(USERS * random() ** USER_SKEW);
    const [merchant, country, medianCents] = pick(MERCHANTS);
    const cents = Math.max(1, Math.round(medianCents * Math.exp(AMOUNT_SPREAD * normal(random))));
    return {
      user: `${FIRST_NAMES[user % FIRST_NAMES.length]}-${user}`,
      amount: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
      ts: nowMs - Math.floor(DISORDER_MAX_MS * random() ** DISORDER_SKEW),
      merchant,
      country,
      card: `${CARDS[user % CARDS.length]}-${String((user * 7_919) % 10_000).padStart(4, '0')}`,
    };
  };
}

/** Standard normal, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
