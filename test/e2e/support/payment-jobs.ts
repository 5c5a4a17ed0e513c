import { randomUUID } from 'node:crypto';

/** What the payments of payments.ts are declared as. */
export const PAYMENT_COLUMNS = { user: 'VARCHAR', amount: 'DECIMAL(12,2)', ts: 'epoch_ms', country: 'VARCHAR' };

export type PaymentJobOptions = {
  topic: string;
  sink: object;
  outputMode?: 'append' | 'update' | 'complete';
  trigger?: string;
  recordsPerBatch?: number;
  /** More of the source: onBadRecord, say. */
  source?: object;
  /** More of the job: onLateRow, say. */
  job?: object;
};

/** Batches are cut by count alone, so that every run of a test cuts them at the same records. */
const BATCH_DURATION = '10m';

/** A job over payments with a name of its own, to be handed to submit. */
export function paymentJob(query: string, options: PaymentJobOptions) {
  const {
    topic,
    sink,
    outputMode = 'append',
    trigger = 'availableNow',
    recordsPerBatch = 50_000,
    source,
    job,
  } = options;
  return {
    name: `job-${randomUUID().slice(0, 8)}`,
    sources: {
      payments: {
        topic,
        columns: PAYMENT_COLUMNS,
        watermark: { column: 'ts', delay: '2s', idleTimeout: '1s' },
        ...source,
      },
    },
    query,
    sink,
    outputMode,
    trigger,
    limits: { recordsPerBatch, batchDuration: BATCH_DURATION },
    restart: { backoff: '100ms' },
    ...job,
  };
}

/** Large amounts as they came: no state. */
export const LARGE_PAYMENTS = {
  query: 'SELECT "user", amount, ts, country, _partition, _offset FROM payments WHERE amount >= 500',
  answer:
    'SELECT "user", amount, ts, country, partition AS _partition, "offset" AS _offset FROM payments WHERE amount >= 500',
};

const SPEND =
  'SELECT "user", window_start, window_end, count(*) AS payments, sum(amount) AS total, max(amount) AS largest';

/** Windows of 5 seconds, which is what `tumbled` has. */
export const SPEND_BY_USER = {
  query: `${SPEND} FROM tumble(payments, ts, INTERVAL '5 seconds') GROUP BY "user", window_start, window_end`,
  /** As an upsert reader sees it in the end. */
  answer: `${SPEND} FROM tumbled GROUP BY ALL`,
  /** In append mode: windows that can no longer change. */
  closedAnswer: `${SPEND} FROM tumbled WHERE closed(window_end) GROUP BY ALL`,
};

/** Since the beginning, never closed. */
export const TOTALS_BY_COUNTRY = {
  query:
    'SELECT country, count(*) AS payments, sum(amount) AS total, min(amount) AS least FROM payments GROUP BY country',
};
