import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import type { FetchedTable } from '@millrace/shared/spec';
import { Kafka, logLevel } from 'kafkajs';
import { createTableLoader } from '../../../driver/src/tables/table-loader.ts';
import { heldBack } from '../../e2e/support/topics.ts';
import { sharedServers } from '../../servers/index.ts';
import { fetched, plain, versionRows } from './table-fixture.ts';

type Message = { key: string | null; value: string | null; partition?: number };

const { signal } = new AbortController();

async function openTopic(partitions = 2) {
  const { kafkaBrokers: brokers } = await sharedServers();
  const topic = `table-${randomUUID()}`;
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  await admin.disconnect();
  const loader = createTableLoader({
    connectKafka: (connection) => connectKafka(connection, { clientId: 'test', clock: systemClock }),
    tablesFolder: null,
  });
  const send = async (messages: Message[], transaction?: 'commit' | 'abort') => {
    const producer = kafka.producer(transaction ? { transactionalId: randomUUID(), maxInFlightRequests: 1 } : {});
    await producer.connect();
    if (transaction) {
      const open = await producer.transaction();
      await open.send({ topic, messages });
      await open[transaction]();
      await untilClosed(brokers, topic);
    } else await producer.send({ topic, messages });
    await producer.disconnect();
  };
  const table = (columns: [string, string][], more: Partial<FetchedTable> = {}) =>
    fetched(
      { kind: 'kafka', topic, connection: { brokers, ssl: false, sasl: null } },
      columns.map(([name, type]) => plain(name, type)),
      more,
    );
  const load = async (of: FetchedTable, mark: string | null = null) => {
    const loaded = await loader.load(of, mark, signal);
    return loaded === 'unchanged' ? loaded : { ...loaded, table: await versionRows(loaded.bytes) };
  };
  return { send, table, load };
}

/** Brokers mark the end of a transaction some time after they have answered. */
async function untilClosed(brokers: string[], topic: string): Promise<void> {
  const client = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  try {
    assert.deepEqual(await heldBack(client, [topic]), []);
  } finally {
    client.close();
  }
}

test('of each key the newest value counts, and a tombstone takes the key away', async () => {
  const { send, table, load } = await openTopic();
  await send([
    { key: 'DE', value: '{"name": "Deutschland", "n": 1}', partition: 0 },
    { key: 'FR', value: '{"name": "France"}', partition: 1 },
    { key: 'IT', value: '{"name": "Italia"}', partition: 1 },
    { key: 'DE', value: '{"name": "Germany",\n "n": 12345678901234567}', partition: 0 },
    { key: 'IT', value: null, partition: 1 },
    { key: 'ES', value: null, partition: 1 },
  ]);
  const rates = table(
    [
      ['n', 'BIGINT'],
      ['code', 'VARCHAR'],
      ['name', 'VARCHAR'],
    ],
    { key: ['code'] },
  );
  const first = await load(rates);
  assert.ok(first !== 'unchanged');
  assert.deepEqual(first.table, [
    ['12345678901234567', 'DE', 'Germany'],
    [null, 'FR', 'France'],
  ]);
  assert.equal(await load(rates, first.mark), 'unchanged');
  await send([{ key: 'IT', value: '{"name": "Italy"}', partition: 1 }]);
  const second = await load(rates, first.mark);
  assert.ok(second !== 'unchanged');
  assert.equal(second.rows, 3);
});

test('without a key in the table the records are told apart by theirs all the same', async () => {
  const { send, table, load } = await openTopic(1);
  await send([
    { key: 'a', value: '{"code": "x"}' },
    { key: 'b', value: '{"code": "x"}' },
    { key: 'a', value: '{"code": "y"}' },
  ]);
  const loaded = await load(table([['code', 'VARCHAR']]));
  assert.ok(loaded !== 'unchanged');
  assert.deepEqual(loaded.table, [['x'], ['y']]);
});

test('a key of several columns is a JSON object', async () => {
  const { send, table, load } = await openTopic(1);
  await send([{ key: '{"a": 1, "b": "x"}', value: '{"v": true, "b": "of the value"}' }]);
  const loaded = await load(
    table(
      [
        ['v', 'BOOLEAN'],
        ['b', 'VARCHAR'],
        ['a', 'INTEGER'],
      ],
      { key: ['a', 'b'] },
    ),
  );
  assert.ok(loaded !== 'unchanged');
  assert.deepEqual(loaded.table, [[true, 'x', 1]]);
});

test('what was aborted was never there, and what was committed is', async () => {
  const { send, table, load } = await openTopic(1);
  await send([{ key: 'a', value: '{"v": 1}' }]);
  await send(
    [
      { key: 'a', value: '{"v": 2}' },
      { key: 'b', value: '{"v": 2}' },
    ],
    'abort',
  );
  await send([{ key: 'c', value: '{"v": 3}' }], 'commit');
  const loaded = await load(table([['v', 'INTEGER']]));
  assert.ok(loaded !== 'unchanged');
  assert.deepEqual(loaded.table, [[1], [3]]);
});

test('a topic without records is a table without rows', async () => {
  const { table, load } = await openTopic();
  const loaded = await load(table([['v', 'INTEGER']]));
  assert.ok(loaded !== 'unchanged');
  assert.equal(loaded.rows, 0);
});

test('a record that is not as declared is named, and so is one without a key', async () => {
  const columns: [string, string][] = [['v', 'INTEGER']];
  for (const [message, expected] of [
    [{ key: 'b', value: '{"v": "x"}' }, /not as the columns say \(partition 0 offset 1\)/],
    [{ key: 'b', value: '{"v": 1' }, /not as the columns say \(partition 0 offset 1\)/],
    [{ key: 'b', value: '[1]' }, /not as the columns say \(partition 0 offset 1\)/],
    [{ key: null, value: '{"v": 1}' }, /a record without a key \(partition 0 offset 1\)/],
  ] as const) {
    const { send, table, load } = await openTopic(1);
    await send([{ key: 'a', value: '{"v": 0}' }, message]);
    await assert.rejects(load(table(columns)), expected);
  }
  const { send, table, load } = await openTopic(1);
  await send([{ key: 'a', value: JSON.stringify({ v: 0, filler: 'x'.repeat(2_000) }) }]);
  await assert.rejects(load(table(columns, { bytesMax: 1_000 })), /has more than 1KB/);
});
