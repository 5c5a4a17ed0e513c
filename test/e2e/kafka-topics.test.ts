import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Partitioners, type Transaction } from 'kafkajs';
import { kafkajsOf } from '../shared/kafka/kafka-under-test.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { paymentJob } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink } from './support/sinks.ts';
import { readTopic } from './support/topics.ts';

const MEBIBYTE = 1024 * 1024;

async function producerOf(t: TestContext, brokers: string[], transactionalId?: string) {
  const transactional =
    transactionalId === undefined ? {} : { transactionalId, maxInFlightRequests: 1, idempotent: true };
  const producer = kafkajsOf(brokers).producer({
    ...transactional,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  t.after(() => producer.disconnect());
  return producer;
}

/** Runs a query over all of a topic to its end; gives the rows and the counts of all batches. */
async function runOver(cluster: Cluster, topic: string, query: string, source: object = {}, limits: object = {}) {
  const path = join(cluster.folder, `out-${randomUUID()}`);
  const spec = paymentJob(query, { topic, sink: { type: 'file', path }, source });
  const job = await cluster.submit({ ...spec, limits: { ...spec.limits, ...limits } } as typeof spec);
  await job.untilFinished();
  const { offsets, commits } = await job.logs();
  const sum = (count: 'recordsIn' | 'badRecords') => commits.reduce((all, { counts }) => all + counts[count], 0);
  const rows = await readFileSink(path, 'ndjson');
  const ends = commits.at(-1)!.positions.map(({ offset }) => offset);
  return { rows, ends, offsets, commits, recordsIn: sum('recordsIn'), badRecords: sum('badRecords') };
}

test('what topics hold beside plain records', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });

  await cluster.part('headers, null and empty keys and values', async () => {
    const topic = await cluster.createTopic(1);
    const producer = await producerOf(t, cluster.brokers);
    const messages = [
      { key: 'k', value: '{"user":"ann"}', headers: { trace: 'a\nb', twice: 'x' } },
      { key: null, value: '{"user":"bob"}' },
      { key: '', value: '{}' },
      { key: 'gone', value: null },
      { key: 'k', value: '' },
    ];
    await producer.send({ topic, messages });
    const raw = await runOver(
      cluster,
      topic,
      'SELECT "offset", decode(key) AS key, decode(value) AS value, decode(headers[\'trace\']) AS trace FROM payments',
      { format: 'raw', columns: undefined, watermark: undefined },
    );
    assert.deepEqual(
      raw.rows.map(({ key, value, trace }) => [key, value, trace]),
      [
        ['k', '{"user":"ann"}', 'a\nb'],
        [null, '{"user":"bob"}', null],
        ['', '{}', null],
        ['gone', null, null],
        ['k', '', null],
      ],
    );
    const json = await runOver(
      cluster,
      topic,
      'SELECT decode(_key) AS key, "user", decode(_headers[\'twice\']) AS twice FROM payments',
      { onBadRecord: 'drop' },
    );
    // A tombstone and nothing at all are no JSON objects; an empty one is.
    assert.deepEqual(
      json.rows.slice(-3).map(({ key, user, twice }) => [key, user, twice]),
      [
        ['k', 'ann', 'x'],
        [null, 'bob', null],
        ['', null, null],
      ],
    );
    assert.deepEqual([json.recordsIn, json.badRecords], [5, 2]);
  });

  await cluster.part('aborted transactions, and the markers that end transactions', async () => {
    const topic = await cluster.createTopic(1);
    const producer = await producerOf(t, cluster.brokers, `${topic}-tx`);
    for (let round = 0; round < 6; round++) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: `{"user":"round ${round}"}` }] });
      await (round % 2 === 0 ? transaction.commit() : transaction.abort());
    }
    await untilEnd(cluster, topic, 12);
    const { rows, ends, recordsIn } = await runOver(cluster, topic, 'SELECT _offset, "user" FROM payments');
    assert.deepEqual(
      rows.map(({ _offset, user }) => [_offset, user]),
      [
        ['0', 'round 0'],
        ['4', 'round 2'],
        ['8', 'round 4'],
      ],
    );
    assert.deepEqual([recordsIn, ends], [3, [12]], 'read to the end, markers and all');
  });

  await cluster.part('compaction leaves gaps', async () => {
    const topic = `compacted-${randomUUID()}`;
    const config = { 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.001' };
    await cluster.kafka.createTopics([{ topic, partitions: 1, replicationFactor: 1, config }]);
    const producer = await producerOf(t, cluster.brokers);
    const write = (round: number) => {
      const messages = Array.from({ length: 50 }, (_, key) => ({
        key: String(key),
        value: `{"user":"${key} in ${round}"}`,
      }));
      return producer.send({ topic, messages });
    };
    for (let round = 0; round < 10; round++) await write(round);
    const remaining = async () => (await readTopic(cluster.kafka, topic)).map(({ offset }) => offset);
    // Each append past its time begins another segment, and only segments that are over are compacted.
    for (let round = 10; (await remaining()).length > 300; round++) {
      await delay(100);
      await write(round);
    }
    const { rows, ends, recordsIn, offsets } = await runOver(cluster, topic, 'SELECT _offset FROM payments');
    const [range] = offsets[0]!.ranges;
    assert.ok(recordsIn < range!.until - range!.from, 'the range was planned over a gap');
    const readable = await remaining();
    assert.deepEqual(ends, [range!.until]);
    // What was compacted after it was read may be there no more.
    const read = new Set(rows.map(({ _offset }) => Number(_offset)));
    assert.ok(readable.filter((offset) => offset < range!.until).every((offset) => read.has(offset)));
    assert.equal(read.size, recordsIn);
  });

  await cluster.part('a record of 10 MB beside small ones', async () => {
    const topic = `large-${randomUUID()}`;
    const config = { 'max.message.bytes': String(11 * MEBIBYTE) };
    await cluster.kafka.createTopics([{ topic, partitions: 1, replicationFactor: 1, config }]);
    const producer = await producerOf(t, cluster.brokers);
    const sizes = [10, 10 * MEBIBYTE, 10, 10 * MEBIBYTE];
    for (const size of sizes)
      await producer.send({ topic, messages: [{ value: JSON.stringify({ user: 'x'.repeat(size) }) }] });
    const { rows } = await runOver(cluster, topic, 'SELECT length("user") AS size FROM payments');
    assert.deepEqual(
      rows.map(({ size }) => Number(size)),
      sizes,
    );
  });

  await cluster.part('large records make batches of few, the first one too, though they are packed small', async () => {
    const topic = await cluster.createTopic(2);
    const part = Array.from({ length: 60 }, (_, index) => JSON.stringify({ user: `${index} ${'x'.repeat(MEBIBYTE)}` }));
    await cluster.produce(topic, [part, part]);
    const limits = { bytesPerBatch: '16MiB' };
    const { recordsIn, commits } = await runOver(
      cluster,
      topic,
      'SELECT length("user") AS size FROM payments',
      {},
      limits,
    );
    assert.equal(recordsIn, 120);
    for (const { counts } of commits) assert.ok(counts.bytesIn <= 16 * MEBIBYTE, `a batch of ${counts.bytesIn} bytes`);
  });
});

/** Kafka acknowledges the end of a transaction before its markers are written. */
async function untilEnd(cluster: Cluster, topic: string, end: number): Promise<void> {
  const positions = [{ topic, partition: 0, offset: end - 1 }];
  await cluster.kafka.waitForRecords(positions, { waitMaxMs: 20_000 });
}

test('a transaction that stays open blocks its partition alone, and the job tells of it', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic(2);
  const part = payments({ seed: 71, records: 40, partitions: 1 })[0]!;
  await cluster.produce(topic, [part, part]);
  const query = 'SELECT _partition, _offset FROM payments';
  const job = await cluster.submit(paymentJob(query, { topic, sink: { type: 'noop' }, trigger: 'asap' }));
  await job.untilCaughtUp();

  const producer = await producerOf(t, cluster.brokers, `${topic}-hung`);
  const transaction: Transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ partition: 0, value: String(part[0]) }] });
  await cluster.produce(topic, [part, part]);
  const blocked = await job.watch.until(
    'a blocked partition',
    (event) => event.job?.failure?.code === 'TRANSACTION_OPEN',
  );
  assert.equal(blocked.job?.status, 'running');
  assert.match(
    blocked.job?.failure?.message ?? '',
    new RegExp(`${topic}/0 can be read up to offset 40 only: .* 41 records wait`),
  );
  await cluster.produce(topic, [[], part]);
  const shown = await job.watch.until('the other partition', ({ progress }) => progress?.partitions[1]?.offset === 120);
  assert.equal(shown.progress?.partitions[0]?.offset, 40);
  assert.equal(shown.job?.failure?.code, 'TRANSACTION_OPEN', 'still told while other partitions go on');

  const told = job.watch.events().length;
  await transaction.commit();
  // 40 records before it, its own, 40 behind it, its marker.
  await job.watch.until('all of it', ({ progress }) => progress?.partitions[0]?.offset === 82);
  await job.watch.until(
    'no trouble',
    (event) => event.job?.failure === null && job.watch.events().indexOf(event) >= told,
  );
});
