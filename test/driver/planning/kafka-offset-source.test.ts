import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka, createRecordBatchWriter } from '@millrace/shared/kafka';
import type { KafkaSourceSpec } from '@millrace/shared/spec';
import { createKafkaOffsetSource } from '../../../driver/src/planning/kafka-offset-source.ts';
import { sharedServers } from '../../servers/index.ts';
import { offsetSourceContract, SOURCE } from './offset-source-contract.ts';

async function connectTestKafka() {
  const { kafkaBrokers: brokers } = await sharedServers();
  const connection = { brokers, ssl: false, sasl: null };
  const kafka = await connectKafka(connection, { clientId: 'test', clock: systemClock });
  return { connection, kafka };
}

const specOf = (
  connection: KafkaSourceSpec['connection'],
  topic: string,
  startingOffsets: KafkaSourceSpec['startingOffsets'],
): KafkaSourceSpec => ({
  ...{ name: SOURCE, type: 'kafka', connection, topics: [topic], startingOffsets },
  ...{
    format: { kind: 'json', columns: [] },
    changes: null,
    watermark: null,
    strict: false,
    onBadRecord: { kind: 'fail' },
    onDataLoss: 'fail',
  },
});

offsetSourceContract('Kafka', async (t, starting) => {
  const { connection, kafka } = await connectTestKafka();
  const topic = `t-${randomUUID()}`;
  await kafka.createTopics([{ topic, partitions: 2, replicationFactor: 1 }]);
  const source = createKafkaOffsetSource([{ spec: specOf(connection, topic, starting(topic)), kafka }]);
  t.after(() => source.close());
  return {
    source,
    topic,
    async append(partition, timestampMs) {
      const writer = createRecordBatchWriter({ compression: 'none', bytesMax: 1_000, headers: {}, timestampMs });
      const value = Buffer.from('{}');
      writer.append(null, 0, 0, value, 0, value.length);
      await kafka.produce([{ topic, partition, batches: writer.finish().batches }], { acks: -1 });
    },
  };
});

test('what the planner asks beside offsets: beginnings, ends, identity and the size of records', async (t) => {
  const { connection, kafka } = await connectTestKafka();
  const topic = `t-${randomUUID()}`;
  await kafka.createTopics([{ topic, partitions: 2, replicationFactor: 1 }]);
  const source = createKafkaOffsetSource([{ spec: specOf(connection, topic, { kind: 'earliest' }), kafka }]);
  t.after(() => source.close());
  const [first, second] = await source.starting();
  assert.equal(await source.recordBytes([first!, second!]), null);

  const writer = createRecordBatchWriter({ compression: 'zstd', bytesMax: 1_000_000, headers: {}, timestampMs: 0 });
  const value = Buffer.alloc(10_000, 'x');
  for (let record = 0; record < 3; record++) writer.append(null, 0, 0, value, 0, value.length);
  await kafka.produce([{ topic, partition: 1, batches: writer.finish().batches }], { acks: -1 });
  const bytes = await source.recordBytes([first!, second!]);
  assert.ok(bytes !== null && bytes > 10_000 && bytes < 10_050, `${bytes} bytes, unpacked`);
  assert.equal(await source.recordBytes([]), null);
  assert.deepEqual(await source.ends(), await source.latest());
  assert.deepEqual(await source.beginning([{ source: SOURCE, topic, partition: 1 }]), [second]);
  const [{ id, ...named } = { id: '' }, ...others] = await source.topics();
  assert.deepEqual([named, others], [{ source: SOURCE, topic }, []]);
  assert.match(id, /^[0-9a-f]{32}$/);
});

test('a topic that is missing is TOPIC_UNKNOWN', async (t) => {
  const { connection, kafka } = await connectTestKafka();
  const source = createKafkaOffsetSource([
    { spec: specOf(connection, `t-${randomUUID()}`, { kind: 'earliest' }), kafka },
  ]);
  t.after(() => source.close());
  await assert.rejects(source.starting(), { code: 'TOPIC_UNKNOWN' });
});
