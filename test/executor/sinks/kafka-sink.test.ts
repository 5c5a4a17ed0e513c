import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka, createRecordBatchWriter, readRecords, recordBatches } from '@millrace/shared/kafka';
import { createKafkaSink } from '../../../executor/src/sinks/kafka-sink.ts';
import { sinkKafka } from '../../../executor/src/tasks/sink-kafka.ts';
import { sharedServers } from '../../servers/index.ts';
import { contextOf, sinkContract } from './sink-contract.ts';

const { signal } = new AbortController();

async function startTopic(t: TestContext) {
  const { kafkaBrokers: brokers } = await sharedServers();
  const client = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  t.after(() => client.close());
  const topic = `sink-${randomUUID()}`;
  await client.createTopics([{ topic, partitions: 2, replicationFactor: 1 }]);
  const spec = { topic, keyColumns: ['k'], headers: {}, compression: 'none' as const };
  const open = () => createKafkaSink('output', { spec, kafka: sinkKafka(async () => client) });
  const encode = async (...texts: string[]) => {
    const writer = createRecordBatchWriter({ compression: 'none', bytesMax: 1_000, headers: {}, timestampMs: 0 });
    for (const text of texts) writer.append(null, 0, 0, Buffer.from(text), 0, Buffer.byteLength(text));
    const { batches, records, bytes } = writer.finish();
    return { kind: 'recordBatches' as const, rows: records, bytes, partitions: [{ partition: 1, batches, records }] };
  };
  const visible = async () => {
    const wants = [0, 1].map((partition) => ({ topic, partition, offset: 0, bytesMax: 1_000_000 }));
    const fetched = await client.fetch(wants, { waitMaxMs: 0, bytesMin: 0, bytesMax: 1_000_000 });
    const texts: string[] = [];
    for (const { records } of fetched)
      for (const batch of recordBatches(records)) for (const { value } of readRecords(batch)) texts.push(String(value));
    return texts;
  };
  return { open, encode, visible };
}

sinkContract('kafka', startTopic);

test('learns the number of partitions once, and keeps order within one', async (t) => {
  const { open, encode, visible } = await startTopic(t);
  const sink = open();
  const encoding = await sink.encoding(signal);
  assert.equal(encoding.kind === 'recordBatches' && encoding.partitions, 2);
  const texts = Array.from({ length: 200 }, (_, index) => `row ${index}`);
  await sink.prepare(contextOf(0), await encode(...texts), signal);
  assert.deepEqual(await visible(), texts);
});

test('a topic that does not exist is TOPIC_UNKNOWN, and asked for again', async () => {
  let asked = 0;
  const missing = async () => {
    asked += 1;
    if (asked === 1) throw Object.assign(new Error('no topic'), { code: 'TOPIC_UNKNOWN' });
    return 3;
  };
  const spec = { topic: 't', keyColumns: [], headers: {}, compression: 'none' as const };
  const sink = createKafkaSink('output', { spec, kafka: { partitionCount: missing, produce: async () => {} } });
  await assert.rejects(sink.encoding(signal), { code: 'TOPIC_UNKNOWN' });
  const encoding = await sink.encoding(signal);
  assert.equal(encoding.kind === 'recordBatches' && encoding.partitions, 3);
});
