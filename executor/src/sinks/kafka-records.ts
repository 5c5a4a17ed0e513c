import { MillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { KafkaSinkSpec } from '@millrace/shared/spec';
import type { SinkEncoding } from '../lanes/messages.ts';
import { untilItSucceeds } from './until-it-succeeds.ts';

/** The part of a KafkaClient that sinks need. */
export type SinkKafka = Pick<
  KafkaClient,
  'partitions' | 'produce' | 'fetch' | 'transactions' | 'commitOffsets' | 'committedOffset'
>;
/** Connects with the first call; not before. */
export type ConnectSinkKafka = () => Promise<SinkKafka>;

export type KafkaRecordsSpec = Pick<KafkaSinkSpec, 'topic' | 'keyColumns' | 'headers' | 'compression'>;

/** Below the 1 MiB that brokers accept by default (message.max.bytes), with room for the batch header. Bytes. */
const BATCH_BYTES_MAX = 900 * 1024;

/** How rows become records of the topic. Asks once for the number of partitions; TOPIC_UNKNOWN. */
export function kafkaEncoding(
  { topic, keyColumns, headers, compression }: KafkaRecordsSpec,
  connect: ConnectSinkKafka,
): () => Promise<SinkEncoding> {
  // Adding partitions moves keys between them anyway; a job picks up the new number when it is restarted.
  const partitionCount = untilItSucceeds(() => countPartitions(topic, connect));
  return async () => ({
    kind: 'recordBatches',
    partitions: await partitionCount(),
    keyColumns,
    headers,
    compression,
    batchBytesMax: BATCH_BYTES_MAX,
  });
}

async function countPartitions(topic: string, connect: ConnectSinkKafka): Promise<number> {
  const count = (await (await connect()).partitions([topic])).get(topic);
  if (count === undefined)
    throw new MillraceError('TOPIC_UNKNOWN', `there is no topic '${topic}'`, { details: { topic } });
  return count;
}
