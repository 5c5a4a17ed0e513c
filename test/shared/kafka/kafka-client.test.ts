import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { batchHeaders, connectKafka, createRecordBatchWriter, type KafkaClient } from '@millrace/shared/kafka';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { fetchOne, kafkajsOf, kafkaUnderTest, readValues, writeValues } from './kafka-under-test.ts';

test('what is produced is fetched, by codec, and offsets tell where it lies', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const written: string[] = [];
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const values = Array.from({ length: 100 }, (_, index) => `${compression}-${index}`);
    const [answer] = await kafka.produce([{ topic, partition: 0, batches: writeValues(values, compression) }], {
      acks: -1,
    });
    assert.deepEqual(answer, { topic, partition: 0, baseOffset: written.length });
    written.push(...values);
  }
  assert.deepEqual(await readValues(kafka, topic), written);
  assert.deepEqual(await readValues(kafka, topic, 0, 250), written.slice(200));
  const fetched = await fetchOne(kafka, topic, 0, 0, 1 << 20);
  assert.deepEqual([fetched.highWatermark, fetched.lastStableOffset, fetched.logStartOffset], [300, 300, 0]);
  assert.deepEqual(await kafka.listOffsets([topic], 'latest'), [{ topic, partition: 0, offset: 300 }]);
  assert.deepEqual(await kafka.listOffsets([topic], 'earliest'), [{ topic, partition: 0, offset: 0 }]);
});

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
  test(`what the broker itself has compressed by ${codec} is read`, async (t) => {
    const { kafka, topic } = await kafkaUnderTest(t, { config: { 'compression.type': codec } });
    const values = Array.from({ length: 2_000 }, (_, index) => `the same words again and again, ${index}`);
    await kafka.produce([{ topic, partition: 0, batches: writeValues(values) }], { acks: -1 });
    const { records } = await fetchOne(kafka, topic, 0, 0, 1 << 20);
    assert.deepEqual([...new Set([...batchHeaders(records)].map((header) => header.codec))], [codec]);
    assert.deepEqual(await readValues(kafka, topic), values);
  });
}

test('what kafkajs produces is fetched', async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t);
  const producer = kafkajsOf(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  t.after(() => producer.disconnect());
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
    const messages = Array.from({ length: 50 }, (_, index) => ({ value: `${compression}-${index}` }));
    await producer.send({ topic, messages, compression });
  }
  const values = await readValues(kafka, topic);
  assert.deepEqual([values.length, values[0], values[99]], [100, '0-0', '1-49']);
});

test('what is produced is read by a kafkajs consumer, with key, headers and timestamp', async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t);
  const options = {
    compression: 'gzip',
    bytesMax: 100_000,
    headers: { job: 'spend' },
    timestampMs: 1_700_000_000_000,
  } as const;
  const writer = createRecordBatchWriter(options);
  const text = Buffer.from('key value');
  writer.append(text, 0, 3, text, 4, 9);
  writer.append(text, 0, 3, null, 0, 0);
  await kafka.produce([{ topic, partition: 0, batches: writer.finish().batches }], { acks: -1 });
  const consumer = kafkajsOf(brokers).consumer({ groupId: topic });
  await consumer.connect();
  t.after(() => consumer.disconnect());
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: (string | undefined)[][] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({
      message,
    }: {
      message: { key: Buffer | null; value: Buffer | null; timestamp: string; headers?: object };
    }) => {
      const { job } = { ...message.headers } as { job?: Buffer };
      seen.push([message.key?.toString(), message.value?.toString(), job?.toString(), message.timestamp]);
      if (seen.length === 2) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  assert.deepEqual(seen, [
    ['key', 'value', 'spend', '1700000000000'],
    ['key', undefined, 'spend', '1700000000000'],
  ]);
});

test('aborted transactions are not read, open ones hold the last stable offset back', async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t);
  const client = kafkajsOf(brokers);
  const begin = async (name: string) => {
    const options = { transactionalId: `${topic}-${name}`, maxInFlightRequests: 1, idempotent: true };
    const producer = client.producer({ ...options, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    t.after(() => producer.disconnect());
    return await producer.transaction();
  };
  const [aborting, committing, open] = [await begin('a'), await begin('c'), await begin('o')];
  await aborting.send({ topic, messages: [{ value: 'aborted 1' }] });
  await committing.send({ topic, messages: [{ value: 'committed' }] });
  await aborting.send({ topic, messages: [{ value: 'aborted 2' }] });
  await aborting.abort();
  await committing.commit();
  await kafka.produce([{ topic, partition: 0, batches: writeValues(['plain']) }], { acks: -1 });
  // Kafka acknowledges the end of a transaction before its markers are written: three records, two markers, the plain one.
  const stable = await stableFrom(kafka, topic, 6);
  await open.send({ topic, messages: [{ value: 'open' }] });

  assert.deepEqual(await readValues(kafka, topic), ['committed', 'plain']);
  // Batch by batch, so that every fetch reports the aborts anew.
  assert.deepEqual(await readValues(kafka, topic, 0, 0, 1), ['committed', 'plain']);
  const fetched = await fetchOne(kafka, topic, 0, 0, 1 << 20);
  assert.equal(fetched.lastStableOffset, stable);
  assert.ok(fetched.highWatermark > stable);
  assert.deepEqual(await kafka.listOffsets([topic], 'latest'), [{ topic, partition: 0, offset: stable }]);

  await open.commit();
  await stableFrom(kafka, topic, 8);
  assert.deepEqual(await readValues(kafka, topic), ['committed', 'plain', 'open']);
});

test('several partitions are fetched and written together, many batches in order', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { partitions: 3 });
  const valuesOf = (partition: number) => Array.from({ length: 20 }, (_, index) => `${partition}-${index}`);
  const batches = [2, 0, 1].map((partition) => ({
    topic,
    partition,
    batches: valuesOf(partition).flatMap((value) => writeValues([value])),
  }));
  await kafka.produce(batches, { acks: -1 });
  for (const partition of [0, 1, 2]) assert.deepEqual(await readValues(kafka, topic, partition), valuesOf(partition));
  const wants = [1, 2, 0].map((partition) => ({ topic, partition, offset: 5, bytesMax: 1 << 20 }));
  const fetched = await kafka.fetch(wants, { waitMaxMs: 0, bytesMin: 1, bytesMax: 1 << 22 });
  assert.deepEqual(
    fetched.map(({ partition }) => partition),
    [1, 2, 0],
  );
});

test('more bytes than fit into one request go out in several', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { partitions: 4, config: { 'max.message.bytes': '4000000' } });
  const writer = createRecordBatchWriter({ compression: 'none', bytesMax: 4_000_000, headers: {}, timestampMs: 0 });
  const value = Buffer.alloc(3_000_000, 'x');
  writer.append(null, 0, 0, value, 0, value.length);
  const [batch] = writer.finish().batches;
  const batches = [0, 1, 2, 3].map((partition) => ({ topic, partition, batches: [batch!, batch!] }));
  await kafka.produce(batches, { acks: -1 });
  assert.deepEqual(
    (await kafka.listOffsets([topic], 'latest')).map(({ offset }) => offset),
    [2, 2, 2, 2],
  );
});

test('more requests than connections take turns', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const answers = await Promise.all(Array.from({ length: 150 }, () => kafka.listOffsets([topic], 'latest')));
  assert.equal(answers.length, 150);
});

test('a timestamp finds the first record as late, or the end', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { partitions: 2 });
  await kafka.produce([{ topic, partition: 1, batches: writeValues(['a', 'b']) }], { acks: -1 });
  const at = async (timestampMs: number) =>
    (await kafka.listOffsets([topic], { timestampMs })).map(({ offset }) => offset);
  assert.deepEqual(await at(1_700_000_000_000), [0, 0]);
  assert.deepEqual(await at(1_700_000_000_001), [0, 2]);
});

test('offsets that do not exist are OFFSETS_GONE, and say what there is', async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t);
  await kafka.produce([{ topic, partition: 0, batches: writeValues(['a', 'b', 'c']) }], { acks: -1 });
  const admin = kafkajsOf(brokers).admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  // kafkajs looks for the leaders in metadata that only another call loads.
  await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });

  await assert.rejects(fetchOne(kafka, topic, 0, 1, 100), (error) => {
    assert.ok(error instanceof MillraceError && error.code === 'OFFSETS_GONE');
    assert.deepEqual(error.details, { topic, partition: 0, offset: 1, logStartOffset: 2 });
    return /begins at 2/.test(error.message);
  });
  await assert.rejects(fetchOne(kafka, topic, 0, 4, 100), /past the end/);
  assert.deepEqual(await kafka.listOffsets([topic], 'earliest'), [{ topic, partition: 0, offset: 2 }]);
});

test('unknown topics are TOPIC_UNKNOWN and come with near names', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { partitions: 2 });
  assert.deepEqual([...(await kafka.partitions([topic]))], [[topic, 2]]);
  assert.ok((await kafka.topicNames()).includes(topic));
  const typo = `${topic.slice(0, -3)}x${topic.slice(-3)}`;
  await assert.rejects(kafka.partitions([topic, typo, 'nothing-like-it']), (error) => {
    assert.ok(error instanceof MillraceError && error.code === 'TOPIC_UNKNOWN');
    assert.deepEqual(error.details.topics, [typo, 'nothing-like-it']);
    return error.hint.startsWith('Did you mean raw-kafka-');
  });
  await assert.rejects(fetchOne(kafka, typo, 0, 0, 100), hasCode('TOPIC_UNKNOWN'));
  await assert.rejects(fetchOne(kafka, topic, 2, 0, 100), hasCode('TOPIC_UNKNOWN'));
});

test('a topic that exists is left as it is, a bad one is refused with Kafka’s reason', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { partitions: 2 });
  await kafka.createTopics([{ topic, partitions: 5 }]);
  assert.equal((await kafka.partitions([topic])).get(topic), 2);
  await assert.rejects(kafka.createTopics([{ topic: 'no spaces', partitions: 1 }]), hasCode('KAFKA_REFUSED'));
});

test('a batch above the topic’s limit is RECORD_TOO_LARGE', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { config: { 'max.message.bytes': '1000' } });
  const batches = writeValues(['x'.repeat(2_000)]);
  await assert.rejects(kafka.produce([{ topic, partition: 0, batches }], { acks: -1 }), hasCode('RECORD_TOO_LARGE'));
});

test('a fetch that waits holds back no other request, and ends at once when aborted', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const abort = new AbortController();
  const wants = [{ topic, partition: 0, offset: 0, bytesMax: 100 }];
  const waiting = kafka.fetch(wants, { waitMaxMs: 20_000, bytesMin: 1, bytesMax: 100, signal: abort.signal });
  waiting.catch(() => {});
  const startedAt = performance.now();
  await kafka.listOffsets([topic], 'latest');
  assert.deepEqual(await readValues(kafka, topic), []);
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  assert.ok(performance.now() - startedAt < 10_000);
  // The client goes on working.
  assert.deepEqual(await readValues(kafka, topic), []);
});

test('nobody at the address is KAFKA_UNAVAILABLE', async () => {
  const connection = { brokers: ['127.0.0.1:1'], ssl: false, sasl: null };
  await assert.rejects(
    connectKafka(connection, { clientId: 'test', clock: systemClock }),
    hasCode('KAFKA_UNAVAILABLE'),
  );
});

test('after close everything is CANCELLED, what is in flight included', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const [position] = await kafka.listOffsets([topic], 'latest');
  const waiting = kafka.waitForRecords([position!], { waitMaxMs: 60_000, signal: AbortSignal.timeout(30_000) });
  waiting.catch(() => {});
  kafka.close();
  await assert.rejects(kafka.topicNames(), hasCode('CANCELLED'));
  await assert.rejects(waiting, hasCode('CANCELLED'));
});

/** Waits until the last stable offset is `offset` or later, and returns it. */
async function stableFrom(kafka: KafkaClient, topic: string, offset: number): Promise<number> {
  for (let stable = 0; ; ) {
    if (stable >= offset) return stable;
    const [seen] = await kafka.waitForRecords([{ topic, partition: 0, offset: stable }], { waitMaxMs: 20_000 });
    stable = seen?.offset ?? assert.fail(`the last stable offset stays at ${stable}`);
  }
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof MillraceError && error.code === code;
}

test("offsets that are committed are what Kafka's own tools see, in a group without members", async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t, { partitions: 2 });
  const admin = kafkajsOf(brokers).admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  const groupId = `group-of-${topic}`;
  const seen = async () => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const { partitions } = found!;
    return partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  };
  await kafka.commitOffsets(groupId, [
    { topic, partition: 0, offset: 7 },
    { topic, partition: 1, offset: 2 ** 40 },
  ]);
  assert.deepEqual(await seen(), ['7', String(2 ** 40)]);
  await kafka.commitOffsets(groupId, [{ topic, partition: 0, offset: 8 }]);
  assert.deepEqual(await seen(), ['8', String(2 ** 40)]);
  assert.equal(await kafka.committedOffset(groupId, { topic, partition: 1 }), 2 ** 40);
  assert.equal(await kafka.committedOffset(`not-${groupId}`, { topic, partition: 1 }), null);
});

test('a group that consumers have joined takes no offsets from outside', async (t) => {
  const { kafka, topic, brokers } = await kafkaUnderTest(t);
  const groupId = `group-of-${topic}`;
  const consumer = kafkajsOf(brokers).consumer({ groupId });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  t.after(() => consumer.disconnect());
  await consumer.subscribe({ topic });
  await consumer.run({ eachMessage: async () => {} });
  await joined;
  await assert.rejects(kafka.commitOffsets(groupId, [{ topic, partition: 0, offset: 7 }]), {
    code: 'KAFKA_REFUSED',
    message: /consumers have joined it/,
  });
});
