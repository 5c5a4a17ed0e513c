import { createPaymentGenerator, type Payment } from '../../examples/demo/payments/payment-generator.ts';
import { seededRandom } from '../../examples/demo/payments/seeded-random.ts';
import { type TextRow, textRowOf } from '../e2e/support/rows.ts';

/** Where the event times of the first payments lie. */
const FROM_MS = Date.UTC(2026, 0, 1, 12);
/** The next one is so much later: some windows for every thousand payments. */
const STEP_MS = 10;
const WINDOW_MS = 10_000;
const LARGE_CENTS = 50_000;

/** Payments of each partition of a topic: the same every time. */
export function examplePayments(records: number, partitions: number): Payment[][] {
  const next = createPaymentGenerator(seededRandom(1));
  const all: Payment[][] = Array.from({ length: partitions }, () => []);
  for (let index = 0; index < records; index++) all[index % partitions]!.push(next(FROM_MS + index * STEP_MS));
  return all;
}

// What the jobs of examples/ make of payments, counted in whole cents.

/** large-payments.yaml. */
export function largePayments(partitions: readonly Payment[][]): TextRow[] {
  return partitions.flatMap((payments, partition) =>
    payments.flatMap(({ user, amount, ts, merchant, country }, offset) =>
      centsOf(amount) >= LARGE_CENTS
        ? [rowOf({ ts: timeOf(ts), user, amount, merchant, country, _partition: partition, _offset: offset })]
        : [],
    ),
  );
}

/** spend-by-user.yaml. */
export function spendByUser(payments: readonly Payment[]): TextRow[] {
  const startOf = (ts: number) => Math.floor(ts / WINDOW_MS) * WINDOW_MS;
  const groups = Map.groupBy(payments, ({ user, ts }) => `${startOf(ts)} ${user}`);
  return [...groups.values()].map((group) => {
    const { user, ts } = group[0]!;
    const start = startOf(ts);
    const window = { window_start: timeOf(start), window_end: timeOf(start + WINDOW_MS) };
    return rowOf({ user, ...window, payments: group.length, total: totalOf(group) });
  });
}

/** totals-by-country.yaml. */
export function totalsByCountry(payments: readonly Payment[]): TextRow[] {
  return [...Map.groupBy(payments, ({ country }) => country)].map(([country, group]) => {
    const largest = Math.max(...group.map(({ amount }) => centsOf(amount)));
    return rowOf({ country, payments: group.length, total: totalOf(group), largest: eurosOf(largest) });
  });
}

const rowOf = (row: object): TextRow => textRowOf(JSON.stringify(row));
const timeOf = (ms: number) => new Date(ms).toISOString();
const centsOf = (amount: string) => Number(amount.replace('.', ''));
const totalOf = (payments: readonly Payment[]) =>
  eurosOf(payments.reduce((sum, { amount }) => sum + centsOf(amount), 0));

function eurosOf(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
