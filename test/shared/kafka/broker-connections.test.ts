import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBrokerConnections } from '../../../shared/src/kafka/broker-connections.ts';
import { metadataRequest } from '../../../shared/src/kafka/metadata-message.ts';
import { kafkaUnderTest } from './kafka-under-test.ts';

test('a broker is asked in a version that it knows, or not at all', async (t) => {
  const { topic, brokers } = await kafkaUnderTest(t, { partitions: 3 });
  const [host, port] = brokers[0]!.split(':');
  const address = { host: host!, port: Number(port) };
  const timeouts = { connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 };
  const connection = { brokers, ssl: false, sasl: null };
  const connections = createBrokerConnections({ connection, clientId: 'test', ...timeouts, log: () => {} });
  t.after(() => connections.close());

  const request = metadataRequest([topic]);
  const { topics } = await connections.send(address, request);
  assert.match(topics[0]!.topicId!, /^[0-9a-f]{32}$/);
  const notYet = { ...request, apiVersion: 9_999 };
  const older = await connections.send(address, notYet);
  assert.deepEqual(older.topics, [{ ...topics[0], topicId: null }]);
  const { older: _, ...never } = notYet;
  await assert.rejects(connections.send(address, never), {
    code: 'KAFKA_REFUSED',
    message: /does not know Metadata v9999/,
  });
});
