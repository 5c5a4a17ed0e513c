import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from './index.ts';
import { kafkaProperties } from './kafka-config.ts';

const TOPIC = { topic: 'payments', numPartitions: 4 };

test('a broker creates topics, not by itself, and keeps them through SIGKILL', async (t) => {
  const kafka = await startKafka({ own: true });
  t.after(() => kafka.stop());
  const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
  t.after(() => admin.disconnect());
  await admin.connect();
  assert.equal(await admin.createTopics({ topics: [TOPIC], waitForLeaders: true }), true);
  await assert.rejects(admin.fetchTopicMetadata({ topics: ['never-created'] }), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  await admin.disconnect();
  const [firstPid] = kafka.pids;
  await kafka.restart();
  assert.notEqual(kafka.pids[0], firstPid);
  await admin.connect();
  const [topic] = (await admin.fetchTopicMetadata({ topics: ['payments'] })).topics;
  assert.equal(topic?.partitions.length, 4);
});

test('three brokers make one quorum, and replicate internal topics', () => {
  const nodes = [1, 2, 3].map((id) => ({ id, port: 20_000 + id, controllerPort: 30_000 + id }));
  const properties = kafkaProperties(
    nodes[1]!,
    nodes,
    { dataFolder: 'data', host: '127.0.0.1' },
    { 'num.io.threads': '2' },
  );
  assert.equal(properties['node.id'], '2');
  assert.equal(properties['controller.quorum.voters'], '1@127.0.0.1:30001,2@127.0.0.1:30002,3@127.0.0.1:30003');
  assert.equal(properties['transaction.state.log.replication.factor'], '3');
  assert.equal(properties['min.insync.replicas'], '2');
  assert.equal(properties['num.io.threads'], '2');
});

test('a single broker asks for no replicas', () => {
  const node = { id: 1, port: 20_001, controllerPort: 30_001 };
  const properties = kafkaProperties(node, [node], { dataFolder: 'data', host: '127.0.0.1' });
  assert.equal(properties['offsets.topic.replication.factor'], '1');
  assert.equal(properties['min.insync.replicas'], '1');
  assert.equal(properties['auto.create.topics.enable'], 'false');
});
