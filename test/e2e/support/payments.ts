import type { PartitionValues } from './topics.ts';

export type PaymentsOptions = {
  seed: number;
  records: number;
  partitions: number;
  /** Event time of the first; each next one is a millisecond later, less its disorder. */
  fromMs?: number;
  /** How far an event time may lie back. */
  disorderMs?: number;
};

export const PAYMENTS_FROM_MS = Date.UTC(2026, 0, 1, 12);

const USERS = 40;
const COUNTRIES = ['DE', 'FR', 'PT', null];
const CENTS_MAX = 99_999;

/** Card payments as JSON records, spread over the partitions in turn. The same options make the same payments. */
export function payments(options: PaymentsOptions): PartitionValues[] {
  const { records, partitions, fromMs = PAYMENTS_FROM_MS, disorderMs = 0 } = options;
  const random = randomOf(options.seed);
  const values: string[][] = Array.from({ length: partitions }, () => []);
  for (let index = 0; index < records; index++) {
    const cents = Math.floor(random() * CENTS_MAX);
    const payment = {
      user: `user-${Math.floor(random() ** 2 * USERS)}`,
      amount: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
      ts: fromMs + index - Math.floor(random() * disorderMs),
      country: COUNTRIES[Math.floor(random() * COUNTRIES.length)],
    };
    values[index % partitions]!.push(JSON.stringify(payment));
  }
  return values;
}

/** mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
