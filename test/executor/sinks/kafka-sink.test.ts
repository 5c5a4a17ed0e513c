import assert from 'node:assert/strict';
import test from 'node:test';
import type { SinkKafka } from '../../../executor/src/sinks/kafka-records.ts';
import { createKafkaSink } from '../../../executor/src/sinks/kafka-sink.ts';
import { startSinkTopic } from './kafka-fixture.ts';
import { contextOf, sinkContract } from './sink-contract.ts';

const { signal } = new AbortController();

sinkContract('kafka, at least once', async (t) => {
  const { client, spec, encode, visible } = await startSinkTopic(t);
  return { open: () => createKafkaSink('output', { spec, connect: async () => client }), encode, visible };
});

test('learns the number of partitions once, and keeps order within one', async (t) => {
  const { client, spec, encode, visible } = await startSinkTopic(t);
  const sink = createKafkaSink('output', { spec, connect: async () => client });
  const encoding = await sink.encoding(signal);
  assert.equal(encoding.kind === 'recordBatches' && encoding.partitions, 2);
  const texts = Array.from({ length: 200 }, (_, index) => `row ${index}`);
  await sink.prepare(contextOf(0), await encode(...texts), signal);
  assert.deepEqual(await visible(), texts);
});

test('a topic that does not exist is TOPIC_UNKNOWN, and asked for again', async () => {
  let asked = 0;
  const partitions: SinkKafka['partitions'] = async () => {
    asked += 1;
    if (asked === 1) throw Object.assign(new Error('no topic'), { code: 'TOPIC_UNKNOWN' });
    return new Map([['t', 3]]);
  };
  const spec = { topic: 't', keyColumns: [], headers: {}, compression: 'none' as const };
  const sink = createKafkaSink('output', { spec, connect: async () => ({ partitions }) as SinkKafka });
  await assert.rejects(sink.encoding(signal), { code: 'TOPIC_UNKNOWN' });
  const encoding = await sink.encoding(signal);
  assert.equal(encoding.kind === 'recordBatches' && encoding.partitions, 3);
});
