import type { KafkaSinkSpec } from '@millrace/shared/spec';
import { expectEncoding } from './encoded-output.ts';
import type { Sink } from './sink.ts';

/** The part of a KafkaClient that a sink needs. */
export type SinkKafka = {
  partitionCount(topic: string): Promise<number>;
  /** Resolves when all in-sync replicas have them; batches of one partition keep their order. */
  produce(
    topic: string,
    partitions: { partition: number; batches: ArrayBuffer[] }[],
    signal: AbortSignal,
  ): Promise<void>;
};

/** Below the 1 MiB that brokers accept by default (message.max.bytes), with room for the batch header. Bytes. */
const BATCH_BYTES_MAX = 900 * 1024;

/**
 * Produces in prepare, before the commit: a batch that is replayed is delivered again, so readers see every record at
 * least once, in order within a partition and attempt. Publish has nothing left to do.
 */
export function createKafkaSink(
  name: string,
  options: { spec: Pick<KafkaSinkSpec, 'topic' | 'keyColumns' | 'headers' | 'compression'>; kafka: SinkKafka },
): Sink {
  const { spec, kafka } = options;
  // Adding partitions moves keys between them anyway; a job picks up the new number when it is restarted.
  let partitions: Promise<number> | undefined;
  const partitionCount = () => {
    partitions ??= kafka.partitionCount(spec.topic).catch((error: unknown) => {
      partitions = undefined;
      throw error;
    });
    return partitions;
  };
  return {
    name,
    guarantee: { delivery: 'atLeastOnce', because: 'records are produced before the commit, without a transaction' },
    encoding: async () => ({
      kind: 'recordBatches',
      partitions: await partitionCount(),
      keyColumns: spec.keyColumns,
      headers: spec.headers,
      compression: spec.compression,
      batchBytesMax: BATCH_BYTES_MAX,
    }),
    prepare: async ({ attemptId }, encoded, signal) => {
      const output = expectEncoding(encoded, 'recordBatches');
      if (output.partitions.length > 0) await kafka.produce(spec.topic, output.partitions, signal);
      return { sink: name, attempt: attemptId, rows: output.rows, bytes: output.bytes, detailJson: '' };
    },
    publish: async () => ({ text: '' }),
    discard: async () => {},
    close: async () => {},
  };
}
