import { stringify } from 'yaml';
import {
  type BadRecordPolicy,
  type ChangesSpec,
  type ColumnSpec,
  type FetchedTable,
  isFetched,
  type JobSpec,
  type KafkaConnection,
  type KafkaDelivery,
  type LateRowPolicy,
  type OutputSpec,
  type RecordFormat,
  type SinkSpec,
  type SourceSpec,
  type StartingOffsets,
  type TableSpec,
  type Trigger,
} from './job-spec.ts';
import { formatCount, formatDuration, formatSize } from './quantities.ts';

type Written = Record<string, unknown>;

/** Columns of text after which YAML would fold a line; queries and types must stay as they are. */
const NO_FOLDING = 0;

/** A compiled spec as YAML that parses to the same spec, defaults spelled out. Secrets are written as they are. */
export function writtenSpec(spec: JobSpec): string {
  const written = {
    name: spec.name,
    sources: Object.fromEntries(spec.sources.map((source) => [source.name, writtenSource(source)])),
    ...(spec.tables.length > 0 && { tables: Object.fromEntries(spec.tables.map(writtenTable)) }),
    ...(spec.views.length > 0 && { views: Object.fromEntries(spec.views.map(({ name, query }) => [name, query])) }),
    ...writtenOutputs(spec.outputs),
    onLateRow: writtenKept(spec.onLateRow),
    ...(spec.stateTtlMs !== null && { stateTtl: formatDuration(spec.stateTtlMs) }),
    trigger: writtenTrigger(spec.trigger),
    limits: {
      recordsPerBatch: formatCount(spec.limits.recordsPerBatchMax),
      bytesPerBatch: formatSize(spec.limits.bytesPerBatchMax),
      batchDuration: formatDuration(spec.limits.batchDurationTargetMs),
      taskTimeout: formatDuration(spec.limits.taskTimeoutMs),
    },
    restart: {
      failures: spec.restart.failuresMax,
      within: formatDuration(spec.restart.spanMs),
      backoff: formatDuration(spec.restart.backoffInitialMs),
      backoffMax: formatDuration(spec.restart.backoffMax),
    },
  };
  return stringify(written, { lineWidth: NO_FOLDING, aliasDuplicateObjects: false });
}

function writtenOutputs(outputs: readonly OutputSpec[]): Written {
  const written = outputs.map(({ name, query, sink, outputMode }) => {
    return { name, output: { query, sink: writtenSink(sink), outputMode } };
  });
  const [first] = written;
  if (first?.name === null) return first.output;
  return { outputs: Object.fromEntries(written.map(({ name, output }) => [name, output])) };
}

function writtenSource(source: SourceSpec): Written {
  const { watermark } = source;
  return {
    type: source.type,
    ...writtenConnection(source.connection),
    ...(source.topics.length === 1 ? { topic: source.topics[0] } : { topics: source.topics }),
    startingOffsets: writtenOffsets(source.startingOffsets),
    ...writtenFormat(source.format),
    ...writtenChanges(source.changes),
    ...(watermark === null
      ? {}
      : {
          watermark: {
            column: watermark.column,
            delay: formatDuration(watermark.delayMs),
            idleTimeout: formatDuration(watermark.idleTimeoutMs),
            futureMax: formatDuration(watermark.futureMaxMs),
          },
        }),
    strict: source.strict,
    onBadRecord: writtenKept(source.onBadRecord),
    onDataLoss: source.onDataLoss,
  };
}

function writtenConnection({ brokers, ssl, sasl }: KafkaConnection): Written {
  return { brokers: brokers.length === 1 ? brokers[0] : brokers, ssl, ...(sasl === null ? {} : { sasl }) };
}

function writtenOffsets(offsets: StartingOffsets): unknown {
  if (offsets.kind === 'timestamp') return { timestamp: new Date(offsets.timestampMs).toISOString() };
  if (offsets.kind === 'perPartition') return { offsets: offsets.offsets };
  return offsets.kind;
}

function writtenFormat(format: RecordFormat): Written {
  if (format.kind === 'raw') return { format: 'raw' };
  return { format: 'json', columns: writtenColumns(format.columns) };
}

const writtenChanges = (changes: ChangesSpec | null): Written =>
  changes === null ? {} : { changes: changes.kind, ...(changes.key === null ? {} : { key: changes.key }) };

const writtenTable = (table: TableSpec): [string, Written] => [
  table.name,
  {
    columns: writtenColumns(table.columns),
    ...(table.key && { key: table.key }),
    ...(isFetched(table) ? writtenFetched(table) : { [table.format]: table.text }),
  },
];

function writtenFetched({ origin, refreshIntervalMs, bytesMax }: FetchedTable): Written {
  const often = { refreshInterval: formatDuration(refreshIntervalMs), sizeMax: formatSize(bytesMax) };
  switch (origin.kind) {
    case 'postgres':
      return { postgres: { url: origin.url, query: origin.query }, ...often };
    case 'kafka':
      return { kafka: { ...writtenConnection(origin.connection), topic: origin.topic }, ...often };
    case 'file':
      return { file: origin.path, format: origin.format, ...often };
    default:
      return origin satisfies never;
  }
}

function writtenColumns(columns: readonly ColumnSpec[]): Written {
  const encodings = { epochMs: 'epoch_ms', epochSeconds: 'epoch_s' } as const;
  return Object.fromEntries(
    columns.map(({ name, type, encoding }) => [name, encoding === 'plain' ? type : encodings[encoding]]),
  );
}

function writtenKept(policy: BadRecordPolicy | LateRowPolicy): unknown {
  if (policy.kind !== 'deadLetter') return policy.kind;
  const { target } = policy;
  return { deadLetter: target.kind === 'topic' ? { topic: target.topic } : { file: target.path } };
}

function writtenSink(sink: SinkSpec): Written {
  switch (sink.type) {
    case 'noop':
      return { type: 'noop' };
    case 'console':
      return { type: 'console', rows: sink.rowsMax };
    case 'file':
      return { type: 'file', path: sink.path, format: sink.format, partitionBy: sink.partitionBy };
    case 'kafka': {
      const { topic, keyColumns, headers, compression } = sink;
      const records = { topic, key: keyColumns, headers, compression };
      return { type: 'kafka', ...writtenConnection(sink.connection), ...records, ...writtenDelivery(sink.delivery) };
    }
    default:
      return sink satisfies never;
  }
}

function writtenDelivery(delivery: KafkaDelivery): Written {
  const { kind } = delivery;
  return kind === 'atLeastOnce'
    ? { delivery: kind }
    : { delivery: kind, transactionTimeout: formatDuration(delivery.transactionTimeoutMs) };
}

const writtenTrigger = (trigger: Trigger): string =>
  trigger.kind === 'interval' ? formatDuration(trigger.everyMs) : trigger.kind;
