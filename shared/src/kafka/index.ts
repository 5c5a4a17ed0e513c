export type { ArrivalWait, WaitForRecords } from './arrival-watch.ts';
export { type BatchHeader, readBatchHeader, verifyChecksum } from './batch-header.ts';
export { type AbortedTransaction, committedBatches, type OffsetBounds } from './committed-batches.ts';
export { DECOMPRESSED_BYTES_MAX, type WriteCodec } from './compression.ts';
export type { NewTopic } from './create-topics-message.ts';
export type { FetchedPartition, FetchLimits, FetchWant } from './fetch-message.ts';
export { connectKafka, type KafkaClient, type KafkaClientOptions } from './kafka-client.ts';
export type { KafkaLog } from './kafkajs-internals.ts';
export type { OffsetsAt, PartitionOffset } from './list-offsets.ts';
export { murmur2, partitionOfKey } from './murmur2.ts';
export type { PartitionBatches, ProduceAcks, ProduceOptions, WrittenPartition } from './produce.ts';
export {
  createRecordBatchWriter,
  type RecordBatchWriter,
  type RecordBatchWriterOptions,
} from './record-batch-writer.ts';
export { batchHeaders, openBatch, type RecordBatch, recordBatches } from './record-batches.ts';
export { ATTRIBUTE, BATCH, CODECS, type Codec, LENGTH_OVERHEAD, MAGIC_V2 } from './record-layout.ts';
export { type KafkaRecord, type RecordHeader, readRecords } from './records.ts';
export type { KafkaTransactions } from './transactions/kafka-transactions.ts';
export type { ProducerIdentity } from './transactions/producer-identity.ts';
export { stampBatches } from './transactions/stamp-batches.ts';
