import { expectEncoding } from './encoded-output.ts';
import { type ConnectSinkKafka, type KafkaRecordsSpec, kafkaEncoding } from './kafka-records.ts';
import type { Sink } from './sink.ts';

/** All in-sync replicas. */
const ACKS_ALL = -1;

/**
 * Produces in prepare, before the commit: a batch that is replayed is delivered again, so readers see every record at
 * least once, in order within a partition and attempt. Publish has nothing left to do.
 */
export function createKafkaSink(name: string, options: { spec: KafkaRecordsSpec; connect: ConnectSinkKafka }): Sink {
  const { spec, connect } = options;
  const { topic } = spec;
  return {
    name,
    guarantee: { delivery: 'atLeastOnce', because: 'records are produced before the commit, without a transaction' },
    encoding: kafkaEncoding(spec, connect),
    prepare: async ({ attemptId }, encoded, signal) => {
      const output = expectEncoding(encoded, 'recordBatches');
      const partitions = output.partitions.map(({ partition, batches }) => ({ topic, partition, batches }));
      if (partitions.length > 0) await (await connect()).produce(partitions, { acks: ACKS_ALL, signal });
      return { sink: name, attempt: attemptId, rows: output.rows, bytes: output.bytes, detailJson: '' };
    },
    publish: async () => ({ text: '' }),
    discard: async () => {},
    close: async () => {},
  };
}
