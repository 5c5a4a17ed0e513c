import type { JobSpec, KafkaConnection } from './job-spec.ts';
import { writtenSpec } from './written-spec.ts';

const REDACTED = '***';

/** The spec with every secret replaced by `***`: for people, logs and `describe`. */
export function redactSpec(spec: JobSpec): JobSpec {
  const { sink } = spec;
  return {
    ...spec,
    sources: spec.sources.map((source) => ({ ...source, connection: redactConnection(source.connection) })),
    sink: sink.type === 'kafka' ? { ...sink, connection: redactConnection(sink.connection) } : sink,
  };
}

function redactConnection(connection: KafkaConnection): KafkaConnection {
  const { sasl } = connection;
  return sasl === null ? connection : { ...connection, sasl: { ...sasl, password: REDACTED } };
}

/** The redacted spec as YAML, defaults spelled out. */
export const redactedYaml = (spec: JobSpec): string => writtenSpec(redactSpec(spec));
