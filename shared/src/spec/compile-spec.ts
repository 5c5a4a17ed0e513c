import type { SpecInput } from './input-schema.ts';
import {
  type ChangesSpec,
  type ColumnSpec,
  type JobSpec,
  type KafkaConnection,
  type KafkaDelivery,
  type KeepElsewhere,
  type OutputSpec,
  type SinkSpec,
  type SourceSpec,
  type StartingOffsets,
  type TableOrigin,
  type TableSpec,
  TRANSACTION_TIMEOUT_DEFAULT_MS,
} from './job-spec.ts';
import { formatOfFile, REFRESH_INTERVAL_DEFAULT_MS, TABLE_BYTES_DEFAULT_MAX } from './table-limits.ts';

/** The checked input as the rest of Millrace wants it. Total: whatever the schema and the cross-checks let through. */
export function compileSpec(input: SpecInput): JobSpec {
  return {
    name: input.name,
    sources: Object.entries(input.sources).map(([name, source]) => compileSource(name, source)),
    tables: Object.entries(input.tables).map(([name, table]) => compileTable(name, table)),
    views: Object.entries(input.views).map(([name, query]) => ({ name, query })),
    outputs: compileOutputs(input),
    onLateRow: compileKept(input.onLateRow),
    stateTtlMs: input.stateTtl ?? null,
    trigger: input.trigger,
    limits: {
      recordsPerBatchMax: input.limits.recordsPerBatch,
      bytesPerBatchMax: input.limits.bytesPerBatch,
      batchDurationTargetMs: input.limits.batchDuration,
      taskTimeoutMs: input.limits.taskTimeout,
    },
    restart: {
      failuresMax: input.restart.failures,
      spanMs: input.restart.within,
      backoffInitialMs: input.restart.backoff,
      backoffMax: input.restart.backoffMax,
    },
  };
}

/** One without a name where the spec has no others. */
function compileOutputs({ outputs, query = '', sink = { type: 'noop' }, outputMode }: SpecInput): OutputSpec[] {
  const written = outputs === undefined ? [] : Object.entries(outputs);
  if (written.length === 0) return [{ name: null, query, sink: compileSink(sink), outputMode }];
  return written.map(([name, output]) => ({ name, ...output, sink: compileSink(output.sink) }));
}

function compileTable(name: string, table: SpecInput['tables'][string]): TableSpec {
  const { csv, json, refreshInterval, sizeMax } = table;
  const columns = compileColumns(table.columns);
  const key = table.key.map((column) => declaredName(column, columns));
  const known = { name, columns, ...(key.length > 0 && { key }) };
  const origin = compileOrigin(table);
  if (origin !== null)
    return {
      ...known,
      ...{ origin, refreshIntervalMs: refreshInterval ?? REFRESH_INTERVAL_DEFAULT_MS },
      bytesMax: sizeMax ?? TABLE_BYTES_DEFAULT_MAX,
    };
  return { ...known, format: csv === undefined ? 'json' : 'csv', text: csv ?? json ?? '' };
}

function compileOrigin({ postgres, kafka, file, format }: SpecInput['tables'][string]): TableOrigin | null {
  if (postgres) return { kind: 'postgres', ...postgres };
  if (kafka) return { kind: 'kafka', connection: compileConnection(kafka), topic: kafka.topic };
  if (file !== undefined) return { kind: 'file', path: file, format: format ?? formatOfFile(file) ?? 'json' };
  return null;
}

const compileColumns = (columns: SpecInput['tables'][string]['columns']): ColumnSpec[] =>
  Object.entries(columns).map(([name, type]) => ({ name, ...type }));

type SourceInput = SpecInput['sources'][string];

function compileSource(name: string, source: SourceInput): SourceSpec {
  const { watermark } = source;
  const columns = compileColumns(source.columns ?? {});
  return {
    name,
    type: 'kafka',
    connection: compileConnection(source),
    topics: source.topic === undefined ? (source.topics ?? []) : [source.topic],
    startingOffsets: compileOffsets(source.startingOffsets),
    format: source.format === 'raw' ? { kind: 'raw' } : { kind: 'json', columns },
    changes: compileChanges(source, columns),
    watermark:
      watermark === undefined
        ? null
        : {
            column: declaredName(watermark.column, columns),
            delayMs: watermark.delay,
            idleTimeoutMs: watermark.idleTimeout,
            futureMaxMs: watermark.futureMax,
          },
    strict: source.strict,
    onBadRecord: compileKept(source.onBadRecord),
    onDataLoss: source.onDataLoss,
  };
}

function compileChanges({ changes, key }: SourceInput, columns: readonly ColumnSpec[]): ChangesSpec | null {
  if (changes === undefined) return null;
  const named = (key ?? []).map((name) => declaredName(name, columns));
  return changes === 'upsert' ? { kind: changes, key: named } : { kind: changes, key: named.length > 0 ? named : null };
}

/** As it is declared: case does not tell columns apart in a spec, but it does in JSON. */
function declaredName(name: string, columns: readonly { name: string }[]): string {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.name ?? name;
}

function compileConnection(input: Pick<SourceInput, 'brokers' | 'ssl' | 'sasl'>): KafkaConnection {
  return { brokers: input.brokers, ssl: input.ssl, sasl: input.sasl ?? null };
}

function compileOffsets(offsets: SourceInput['startingOffsets']): StartingOffsets {
  if (typeof offsets === 'string') return { kind: offsets };
  if (offsets.timestamp !== undefined) return { kind: 'timestamp', timestampMs: offsets.timestamp };
  return { kind: 'perPartition', offsets: offsets.offsets ?? {} };
}

function compileKept<Word extends string>(
  policy: Word | { deadLetter: { topic?: string | undefined; file?: string | undefined } },
): { kind: Word } | KeepElsewhere {
  if (typeof policy === 'string') return { kind: policy };
  const { topic, file } = policy.deadLetter;
  return {
    kind: 'deadLetter',
    target: topic === undefined ? { kind: 'file', path: file ?? '' } : { kind: 'topic', topic },
  };
}

type SinkInput = NonNullable<SpecInput['sink']>;

function compileDelivery({ delivery, transactionTimeout }: Extract<SinkInput, { type: 'kafka' }>): KafkaDelivery {
  return delivery === 'atLeastOnce'
    ? { kind: 'atLeastOnce' }
    : { kind: 'exactlyOnce', transactionTimeoutMs: transactionTimeout ?? TRANSACTION_TIMEOUT_DEFAULT_MS };
}

function compileSink(sink: SinkInput): SinkSpec {
  switch (sink.type) {
    case 'console':
      return { type: 'console', rowsMax: sink.rows };
    case 'kafka':
      return {
        type: 'kafka',
        connection: compileConnection(sink),
        topic: sink.topic,
        keyColumns: sink.key,
        headers: sink.headers,
        compression: sink.compression,
        delivery: compileDelivery(sink),
      };
    case 'file':
      return { type: 'file', path: sink.path, format: sink.format, partitionBy: sink.partitionBy };
    case 'noop':
      return { type: 'noop' };
    default:
      return sink satisfies never;
  }
}
