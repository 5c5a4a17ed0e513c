import type { ColumnSpec, JobSpec, OutputMode } from '@millrace/shared/spec';

const plain = (name: string, type: string): ColumnSpec => ({ name, type, encoding: 'plain' });

/** Columns of the source `events`. */
export const EVENT_COLUMNS: ColumnSpec[] = [
  plain('user', 'VARCHAR'),
  plain('country', 'VARCHAR'),
  plain('amount', 'DECIMAL(12,2)'),
  plain('quantity', 'INTEGER'),
  plain('score', 'DOUBLE'),
  plain('ok', 'BOOLEAN'),
  { name: 'ts', type: 'TIMESTAMP', encoding: 'epochMs' },
  plain('seen', 'TIMESTAMP'),
  plain('items', 'VARCHAR[]'),
  plain('place', 'STRUCT(city VARCHAR, zip INTEGER)'),
];

/** A job over `events` (watermark on ts) and a raw source `raw_events`. */
export function specOf(query: string, outputMode: OutputMode): JobSpec {
  const shared = {
    type: 'kafka' as const,
    connection: { brokers: ['127.0.0.1:9092'], ssl: false, sasl: null },
    topics: ['events'],
    startingOffsets: { kind: 'earliest' as const },
    strict: false,
    onBadRecord: { kind: 'fail' as const },
    onDataLoss: 'fail' as const,
    changes: null,
  };
  const watermark = { column: 'ts', delayMs: 5_000, idleTimeoutMs: 30_000, futureMaxMs: 86_400_000 };
  return {
    name: 'job',
    sources: [
      { ...shared, name: 'events', format: { kind: 'json', columns: EVENT_COLUMNS }, watermark },
      { ...shared, name: 'raw_events', format: { kind: 'raw' }, watermark: null },
    ],
    tables: [],
    views: [],
    outputs: [{ name: null, query, sink: { type: 'noop' }, outputMode }],
    onLateRow: { kind: 'drop' },
    stateTtlMs: null,
    trigger: { kind: 'asap' },
    limits: {
      recordsPerBatchMax: 5_000_000,
      bytesPerBatchMax: 512 * 1024 * 1024,
      batchDurationTargetMs: 600,
      taskTimeoutMs: 300_000,
    },
    restart: { failuresMax: 5, spanMs: 600_000, backoffInitialMs: 1_000, backoffMax: 30_000 },
  };
}
