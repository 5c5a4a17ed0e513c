import type { BadRecordPolicy, KafkaConnection, SinkSpec, SourceSpec } from '@millrace/shared/spec';
import { createConsoleSink } from './console-sink.ts';
import { createFileSink } from './file-sink.ts';
import { createKafkaSink, type SinkKafka } from './kafka-sink.ts';
import { createNoopSink } from './noop-sink.ts';
import { deadLetterSinkName, OUTPUT_SINK, type Sink, type SinkJob } from './sink.ts';

export type SinkDeps = { kafka(connection: KafkaConnection): SinkKafka };

/** The sink of a job's output. Nothing is connected before it is used. */
export function openSink(spec: SinkSpec, job: SinkJob, deps: SinkDeps): Sink {
  switch (spec.type) {
    case 'noop':
      return createNoopSink(OUTPUT_SINK);
    case 'console':
      return createConsoleSink(OUTPUT_SINK, spec);
    case 'kafka':
      return createKafkaSink(OUTPUT_SINK, { spec, kafka: deps.kafka(spec.connection) });
    case 'file':
      return createFileSink(OUTPUT_SINK, { path: spec.path, format: spec.format, job });
    default:
      return spec satisfies never;
  }
}

/** Where a source's bad records go; null when its policy keeps none. A topic lies in the cluster of the source. */
export function openDeadLetterSink(source: SourceSpec, job: SinkJob, deps: SinkDeps): Sink | null {
  const target = targetOf(source.onBadRecord);
  if (target === null) return null;
  const name = deadLetterSinkName(source.name);
  switch (target.kind) {
    case 'topic': {
      const spec = { topic: target.topic, keyColumns: [], headers: {}, compression: 'none' as const };
      return createKafkaSink(name, { spec, kafka: deps.kafka(source.connection) });
    }
    case 'file':
      // Dead letters add up whatever mode the job's own output has.
      return createFileSink(name, {
        path: target.path,
        format: 'ndjson',
        job: { ...job, output: { ...job.output, mode: 'append' } },
      });
    default:
      return target satisfies never;
  }
}

function targetOf(policy: BadRecordPolicy): Extract<BadRecordPolicy, { kind: 'deadLetter' }>['target'] | null {
  return policy.kind === 'deadLetter' ? policy.target : null;
}
