import { type BenchJob, jobSpec, kafkaSource } from '../job-specs.ts';
import { EVENT_TIME_START_MS, mix } from '../payments.ts';
import type { RecordOf } from './fill-state.ts';

export const STATE_KINDS = ['keyed', 'windowed', 'join'] as const;
export type StateKind = (typeof STATE_KINDS)[number];

/** What builds up so many rows of state, and then changes some of them at random. */
export type StateCase = {
  job: BenchJob;
  /** Topics with what is written to each before the measuring. */
  fill: { topic: string; records: number; recordOf: RecordOf }[];
  /** What a round writes: record `index` of it, counted on from round to round. */
  change: { topic: string; recordOf: RecordOf };
};

const WINDOW_SECONDS = 10;
const WINDOWS = 100;
/** Numbers that hit keys at random, the same ones in every run. */
const SPREAD = 2_654_435_761;

const randomKey = (index: number, keys: number): number => mix(index, SPREAD) % keys;

type Place = { brokers: readonly string[]; prefix: string; rows: number };

/** A group for each of `rows` keys, that nothing ends. */
function keyed({ brokers, prefix, rows }: Place): StateCase {
  const topic = `${prefix}-events`;
  const events = kafkaSource({ brokers, topic }, { id: 'BIGINT', amount: 'DOUBLE' });
  const query = 'SELECT id, count(*) AS events, max(amount) AS most FROM events GROUP BY id';
  const recordOf = (index: number) => `{"id":${index % rows},"amount":${index % 1_000}.5}`;
  return {
    job: jobSpec(prefix, { sources: { events }, query, sink: 'noop', outputMode: 'update', trigger: 'asap' }),
    fill: [{ topic, records: rows, recordOf }],
    change: { topic, recordOf: (index) => `{"id":${randomKey(index, rows)},"amount":${index % 1_000}.5}` },
  };
}

/** Windows that stay open, with `rows` groups in all; what changes lies in the newest. */
function windowed({ brokers, prefix, rows }: Place): StateCase {
  const topic = `${prefix}-events`;
  const columns = { id: 'BIGINT', amount: 'DOUBLE', ts: 'epoch_ms' };
  const events = { ...kafkaSource({ brokers, topic }, columns), watermark: { column: 'ts', delay: '1h' } };
  const query = `SELECT id, window_start, window_end, count(*) AS events, max(amount) AS most
FROM tumble(events, ts, INTERVAL '${WINDOW_SECONDS} seconds') GROUP BY id, window_start, window_end`;
  const perWindow = rows / WINDOWS;
  const record = (id: number, window: number, index: number) =>
    `{"id":${id},"amount":${index % 1_000}.5,"ts":${EVENT_TIME_START_MS + window * WINDOW_SECONDS * 1_000 + (index % 10_000)}}`;
  return {
    job: jobSpec(prefix, { sources: { events }, query, sink: 'noop', outputMode: 'update', trigger: 'asap' }),
    fill: [
      {
        topic,
        records: rows,
        recordOf: (index) => record(index % perWindow, Math.floor(index / perWindow), index),
      },
    ],
    change: { topic, recordOf: (index) => record(randomKey(index, perWindow), WINDOWS - 1, index) },
  };
}

/** Orders and payments, half of the rows each, every order with one payment; more payments come. */
function join({ brokers, prefix, rows }: Place): StateCase {
  const [orders, payments] = [`${prefix}-orders`, `${prefix}-payments`];
  const keys = rows / 2;
  const query =
    'SELECT orders.id, orders.amount, payments.paid FROM orders JOIN payments ON payments.order_id = orders.id';
  const paymentOf = (id: number, index: number) => `{"order_id":${id},"paid":${index % 1_000}.5}`;
  const sources = {
    orders: kafkaSource({ brokers, topic: orders }, { id: 'BIGINT', amount: 'DOUBLE' }),
    payments: kafkaSource({ brokers, topic: payments }, { order_id: 'BIGINT', paid: 'DOUBLE' }),
  };
  return {
    job: jobSpec(prefix, { sources, query, sink: 'noop', outputMode: 'append', trigger: 'asap' }),
    fill: [
      { topic: orders, records: keys, recordOf: (index) => `{"id":${index},"amount":${index % 1_000}.5}` },
      { topic: payments, records: keys, recordOf: (index) => paymentOf(index, index) },
    ],
    change: { topic: payments, recordOf: (index) => paymentOf(randomKey(index, keys), index) },
  };
}

const CASES: Record<StateKind, (place: Place) => StateCase> = { keyed, windowed, join };

export const stateCase = (kind: StateKind, place: Place): StateCase => CASES[kind](place);
