import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import net from 'node:net';
import { test } from 'node:test';
import { type BrokerSocket, openSocket, type RawRequest } from '../../../shared/src/kafka/kafkajs-internals.ts';
import { metadataRequest } from '../../../shared/src/kafka/metadata-message.ts';
import { sharedServers } from '../../servers/index.ts';
import { kafkaUnderTest, readValues, writeValues } from './kafka-under-test.ts';

// Everything kafkajs-internals.ts assumes about the inside of kafkajs. When kafkajs is raised, this is what must hold.
const require = createRequire(import.meta.url);

const OPTIONS = {
  connection: { brokers: [], ssl: false, sasl: null },
  clientId: 'ünï-contract',
  connectTimeoutMs: 2_000,
  requestTimeoutMs: 5_000,
  log: () => {},
};

test('kafkajs is the version its inside is known of', () => {
  assert.equal((require('kafkajs/package.json') as { version: string }).version, '2.2.4');
});

test('a socket sends bytes and gets the bytes of the answer', async (t) => {
  const socket = await open(t);
  const { value } = metadataRequest(null).decode(await socket.send(metadataRequest(null)));
  assert.equal(value.brokers.length, 1);
  assert.ok(socket.takesRequests());
  assert.ok(socket.versions[1]!.maxVersion >= 11);
});

test('answers find their requests, and a request in many parts arrives as one', async (t) => {
  const socket = await open(t);
  const topicSets = Array.from({ length: 50 }, (_, index) => [`nobody-${index}`]);
  const answers = await Promise.all(
    topicSets.map(async (topics) => {
      const request = metadataRequest(topics);
      const bytes = Buffer.concat(request.parts);
      const parts = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      return request.decode(await socket.send({ ...request, parts })).value.topics.map(({ topic }) => topic);
    }),
  );
  assert.deepEqual(answers, topicSets);
});

test('an answer of many socket reads is one view of all its bytes', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { config: { 'max.message.bytes': '20000000' } });
  const values = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(400_000));
  for (const value of values)
    await kafka.produce([{ topic, partition: 0, batches: writeValues([value]) }], { acks: -1 });
  assert.deepEqual(await readValues(kafka, topic, 0, 0, 16 << 20), values);
});

test('destroy rejects what is in flight at once', async (t) => {
  const socket = await open(t);
  const answer = socket.send(metadataRequest(null));
  await Promise.resolve();
  socket.destroy();
  await assert.rejects(answer);
  assert.ok(!socket.takesRequests());
  await assert.rejects(socket.send(metadataRequest(null)));
});

test('a broker that closes the connection rejects what is in flight', async (t) => {
  const { port, versions } = await silentBroker(t, (client) => client.end());
  const socket = await openSocket({ host: '127.0.0.1', port }, OPTIONS, versions);
  t.after(() => socket.destroy());
  await assert.rejects(socket.send(metadataRequest(null)), { name: 'KafkaJSConnectionClosedError' });
});

test('a broker that does not answer is given up after the request’s time', async (t) => {
  const { port, versions } = await silentBroker(t, () => {});
  const socket = await openSocket({ host: '127.0.0.1', port }, { ...OPTIONS, requestTimeoutMs: 50 }, versions);
  t.after(() => socket.destroy());
  await assert.rejects(socket.send(metadataRequest(null)), { name: 'KafkaJSRequestTimeoutError' });
});

test('small requests are not held back by Nagle’s algorithm', async (t) => {
  const setNoDelay = t.mock.method(net.Socket.prototype, 'setNoDelay');
  await open(t);
  assert.ok(setNoDelay.mock.calls.some((call) => call.arguments[0] === true));
});

test('no timer is armed with a negative time', async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning.name);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const socket = await open(t);
  for (let count = 0; count < 10; count++) await socket.send(metadataRequest([]));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('a throttled socket holds the next request back', async (t) => {
  const socket = await open(t);
  socket.throttle(100);
  const startedAt = performance.now();
  await socket.send(metadataRequest([]));
  // Timers may end early by what the loop's turn took.
  assert.ok(performance.now() - startedAt > 50);
});

async function open(t: { after(clean: () => void): void }): Promise<BrokerSocket> {
  const { kafkaBrokers } = await sharedServers();
  const [host, port] = kafkaBrokers[0]!.split(':');
  const socket = await openSocket({ host: host!, port: Number(port) }, OPTIONS, null);
  t.after(() => socket.destroy());
  return socket;
}

/** Takes connections and calls `onRequest` instead of answering. */
async function silentBroker(t: { after(clean: () => void): void }, onRequest: (client: net.Socket) => void) {
  const clients = new Set<net.Socket>();
  const server = net.createServer((client) => {
    clients.add(client);
    client.on('data', () => onRequest(client)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const { apiKey }: RawRequest = metadataRequest(null);
  // Versions known from before: connecting asks nothing.
  return {
    port: (server.address() as net.AddressInfo).port,
    versions: { [apiKey]: { minVersion: 0, maxVersion: 12 } },
  };
}
