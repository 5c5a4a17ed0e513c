import type { Clock } from '@millrace/shared/clock';
import { type NamedOutput, ONLY_OUTPUT } from '@millrace/shared/plan';
import {
  type BadRecordPolicy,
  type JobSpec,
  type KafkaConnection,
  type KafkaSinkSpec,
  type LateRowPolicy,
  type SinkSpec,
  type SourceSpec,
  TRANSACTION_TIMEOUT_DEFAULT_MS,
} from '@millrace/shared/spec';
import { createConsoleSink } from './console-sink.ts';
import { createFileSink } from './file-sink.ts';
import type { ConnectSinkKafka, KafkaRecordsSpec } from './kafka-records.ts';
import { createKafkaSink } from './kafka-sink.ts';
import { createNoopSink } from './noop-sink.ts';
import { deadLetterSinkName, LATE_ROWS_SINK, outputSinkName, type Sink, type SinkJob } from './sink.ts';
import { createTransactionalKafkaSink } from './transactional-kafka-sink.ts';

export type SinkDeps = { kafka(connection: KafkaConnection): ConnectSinkKafka; clock: Clock };

/** The sink of an output of a job. Nothing is connected before it is used. */
export function openSink(spec: SinkSpec, output: NamedOutput, job: SinkJob, deps: SinkDeps): Sink {
  const name = outputSinkName(output.name);
  switch (spec.type) {
    case 'noop':
      return createNoopSink(name);
    case 'console':
      return createConsoleSink(name, {
        rowsMax: spec.rowsMax,
        output: output.name === ONLY_OUTPUT ? undefined : output.name,
      });
    case 'kafka':
      return openKafkaSink(name, spec, job, deps);
    case 'file':
      return createFileSink(name, { ...spec, mode: output.mode });
    default:
      return spec satisfies never;
  }
}

/** Where a source's bad records go; null when its policy keeps none. A topic lies in the cluster of the source. */
export function openDeadLetterSink(
  { name, onBadRecord, connection }: SourceSpec,
  job: SinkJob,
  deps: SinkDeps,
): Sink | null {
  return openKept(deadLetterSinkName(name), onBadRecord, connection, job, deps);
}

/** Where late rows go; null when the job keeps none. A topic lies in the cluster of the first source. */
export function openLateRowsSink({ onLateRow, sources }: JobSpec, job: SinkJob, deps: SinkDeps): Sink | null {
  return openKept(LATE_ROWS_SINK, onLateRow, sources[0]!.connection, job, deps);
}

function openKept(
  name: string,
  policy: BadRecordPolicy | LateRowPolicy,
  connection: KafkaConnection,
  job: SinkJob,
  deps: SinkDeps,
): Sink | null {
  if (policy.kind !== 'deadLetter') return null;
  const { target } = policy;
  switch (target.kind) {
    case 'topic': {
      const { topic } = target;
      const delivery = { kind: 'exactlyOnce', transactionTimeoutMs: TRANSACTION_TIMEOUT_DEFAULT_MS } as const;
      const records = { topic, keyColumns: [], headers: {}, compression: 'none' as const };
      return openKafkaSink(name, { ...records, connection, delivery }, job, deps);
    }
    case 'file':
      // They add up whatever mode the job's own output has.
      return createFileSink(name, { path: target.path, format: 'ndjson', mode: 'append' });
    default:
      return target satisfies never;
  }
}

function openKafkaSink(
  name: string,
  spec: KafkaRecordsSpec & Pick<KafkaSinkSpec, 'connection' | 'delivery'>,
  job: SinkJob,
  { kafka, clock }: SinkDeps,
): Sink {
  const connect = kafka(spec.connection);
  const { delivery } = spec;
  switch (delivery.kind) {
    case 'atLeastOnce':
      return createKafkaSink(name, { spec, connect });
    case 'exactlyOnce': {
      const { transactionTimeoutMs } = delivery;
      return createTransactionalKafkaSink(name, { spec, connect, transactionTimeoutMs, job, clock });
    }
    default:
      return delivery satisfies never;
  }
}
