import { MillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { SinkKafka } from '../sinks/kafka-sink.ts';

/** All in-sync replicas. */
const ACKS_ALL = -1;

/** A Kafka client as sinks see it. */
export function sinkKafka(client: () => Promise<KafkaClient>): SinkKafka {
  return {
    partitionCount: async (topic) => {
      const count = (await (await client()).partitions([topic])).get(topic);
      if (count === undefined)
        throw new MillraceError('TOPIC_UNKNOWN', `there is no topic '${topic}'`, { details: { topic } });
      return count;
    },
    produce: async (topic, partitions, signal) => {
      const batches = partitions.map(({ partition, batches }) => ({ topic, partition, batches }));
      await (await client()).produce(batches, { acks: ACKS_ALL, signal });
    },
  };
}
