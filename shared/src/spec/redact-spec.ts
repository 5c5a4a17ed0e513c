import type { JobSpec, KafkaConnection, SinkSpec, TableSpec } from './job-spec.ts';
import { writtenSpec } from './written-spec.ts';

const REDACTED = '***';

/** The spec with every secret replaced by `***` and long tables cut: for people, logs and `describe`. */
export function redactSpec(spec: JobSpec): JobSpec {
  return {
    ...spec,
    sources: spec.sources.map((source) => ({ ...source, connection: redactConnection(source.connection) })),
    tables: spec.tables.map(shortened),
    outputs: spec.outputs.map((output) => ({ ...output, sink: redactSink(output.sink) })),
  };
}

const redactSink = (sink: SinkSpec): SinkSpec =>
  sink.type === 'kafka' ? { ...sink, connection: redactConnection(sink.connection) } : sink;

/** Of each table; the rows are for machines. */
const TABLE_LENGTH_SHOWN_MAX = 500;

function shortened(table: TableSpec): TableSpec {
  const { text } = table;
  if (text.length <= TABLE_LENGTH_SHOWN_MAX) return table;
  const shown = text.slice(0, TABLE_LENGTH_SHOWN_MAX);
  return {
    ...table,
    text: `${shown.slice(0, shown.lastIndexOf('\n') + 1)}… ${Buffer.byteLength(text)} bytes in all\n`,
  };
}

function redactConnection(connection: KafkaConnection): KafkaConnection {
  const { sasl } = connection;
  return sasl === null ? connection : { ...connection, sasl: { ...sasl, password: REDACTED } };
}

/** The redacted spec as YAML, defaults spelled out. */
export const redactedYaml = (spec: JobSpec): string => writtenSpec(redactSpec(spec));
