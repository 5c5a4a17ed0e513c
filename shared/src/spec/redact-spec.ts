import {
  isFetched,
  type JobSpec,
  type KafkaConnection,
  type SinkSpec,
  type TableOrigin,
  type TableSpec,
} from './job-spec.ts';
import { writtenSpec } from './written-spec.ts';

const REDACTED = '***';

/** The spec with every secret replaced by `***` and long tables cut: for people, logs and `describe`. */
export function redactSpec(spec: JobSpec): JobSpec {
  return {
    ...spec,
    sources: spec.sources.map((source) => ({ ...source, connection: redactConnection(source.connection) })),
    tables: spec.tables.map(redactTable),
    outputs: spec.outputs.map((output) => ({ ...output, sink: redactSink(output.sink) })),
  };
}

const redactSink = (sink: SinkSpec): SinkSpec =>
  sink.type === 'kafka' ? { ...sink, connection: redactConnection(sink.connection) } : sink;

/** Of each table; the rows are for machines. */
const TABLE_LENGTH_SHOWN_MAX = 500;

/** Without secrets; rows are cut. */
export function redactTable(table: TableSpec): TableSpec {
  if (isFetched(table)) return { ...table, origin: redactOrigin(table.origin) };
  const { text } = table;
  if (text.length <= TABLE_LENGTH_SHOWN_MAX) return table;
  const shown = text.slice(0, TABLE_LENGTH_SHOWN_MAX);
  return {
    ...table,
    text: `${shown.slice(0, shown.lastIndexOf('\n') + 1)}… ${Buffer.byteLength(text)} bytes in all\n`,
  };
}

function redactOrigin(origin: TableOrigin): TableOrigin {
  switch (origin.kind) {
    case 'postgres':
      return { ...origin, url: redactUrl(origin.url) };
    case 'kafka':
      return { ...origin, connection: redactConnection(origin.connection) };
    case 'file':
      return origin;
    default:
      return origin satisfies never;
  }
}

/** What stands behind the user's name, or in parameters that nobody knows, may be a secret; so may all of a URL that is none. */
function redactUrl(url: string): string {
  const parts = URL.parse(url);
  if (parts === null) return REDACTED;
  const { protocol, username, password, host, pathname, search } = parts;
  const user = password === '' ? username : `${username}:${REDACTED}`;
  const shown = /^(\?sslmode=[a-z-]*)?$/.test(search) ? search : `?${REDACTED}`;
  return `${protocol}//${user === '' ? '' : `${user}@`}${host}${pathname}${shown}`;
}

function redactConnection(connection: KafkaConnection): KafkaConnection {
  const { sasl } = connection;
  return sasl === null ? connection : { ...connection, sasl: { ...sasl, password: REDACTED } };
}

/** The redacted spec as YAML, defaults spelled out. */
export const redactedYaml = (spec: JobSpec): string => writtenSpec(redactSpec(spec));
