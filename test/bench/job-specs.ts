/** JSON is YAML: no quoting to get wrong. Limits are left out, so the defaults are what is measured. */
export type BenchJob = { name: string; text: string };

type Source = { brokers: readonly string[]; topic: string };

const COLUMNS_READ = { user: 'VARCHAR', amount: 'DOUBLE', ts: 'epoch_ms' };
const COLUMNS_ALL = { ...COLUMNS_READ, merchant: 'VARCHAR', country: 'VARCHAR', card: 'VARCHAR' };

/** The pipe's sizes too: see bare-pipe/. */
export const WINDOW_SECONDS = 10;
/** Keeps a fifth, as the filter that other engines were measured with. */
export const FILTER_AMOUNT_ABOVE = 500;
/** Half of the amounts. */
const HALF_AMOUNT = 350;

function windowedQuery(more: string): string {
  return `SELECT "user", window_start, window_end, count(*) AS payments, sum(amount) AS total${more}
FROM tumble(payments, ts, INTERVAL '${WINDOW_SECONDS} seconds')
GROUP BY "user", window_start, window_end`;
}

export function kafkaSource({ brokers, topic }: Source, columns: Record<string, string>) {
  return { type: 'kafka', brokers, topic, startingOffsets: 'earliest', columns };
}

export type Delivery = 'exactlyOnce' | 'atLeastOnce';

/** What the windowed job is wanted for: its rate, or how soon its updates can be read. */
export type WindowedVariant = { trigger: 'asap' | 'availableNow'; output?: { topic: string; delivery: Delivery } };

/**
 * Count and sum per user and 10 seconds, in update mode. Written to a topic it also carries the latest event time of the
 * group, `last`: the event that made the update.
 */
export function windowedJob(name: string, source: Source, { trigger, output }: WindowedVariant): BenchJob {
  const { brokers } = source;
  const sink = output ? { type: 'kafka', brokers, key: ['user', 'window_start'], ...output } : 'noop';
  const query = windowedQuery(output ? ', epoch_ms(max(ts)) AS last' : '');
  const payments = { ...kafkaSource(source, COLUMNS_READ), watermark: { column: 'ts', delay: '10s' } };
  return jobSpec(name, { sources: { payments }, query, sink, outputMode: 'update', trigger });
}

export function statelessJob(name: string, source: Source): BenchJob {
  const query = `SELECT "user", amount, ts FROM payments WHERE amount > ${FILTER_AMOUNT_ABOVE}`;
  const sources = { payments: kafkaSource(source, COLUMNS_READ) };
  return jobSpec(name, { sources, query, sink: 'noop', outputMode: 'append', trigger: 'availableNow' });
}

/** All fields parsed, half of the records written again. */
export function kafkaToKafkaJob(name: string, source: Source, output: { topic: string; delivery: Delivery }): BenchJob {
  const query = `SELECT "user", amount, ts, merchant, country, card FROM payments WHERE amount < ${HALF_AMOUNT}`;
  const sources = { payments: kafkaSource(source, COLUMNS_ALL) };
  const sink = { type: 'kafka', brokers: source.brokers, ...output };
  return jobSpec(name, { sources, query, sink, outputMode: 'append', trigger: 'availableNow' });
}

export function jobSpec(name: string, rest: object): BenchJob {
  return { name, text: JSON.stringify({ name, ...rest }, null, 2) };
}
