import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordBatchWriter, partitionOfKey } from '@millrace/shared/kafka';
import { type Cluster, startCluster } from './support/cluster.ts';
import { assertSameRows, textRowOf } from './support/rows.ts';
import { readKafkaSink, readKafkaTable } from './support/sinks.ts';

const PARTITIONS = 2;
const CUSTOMERS = 20;
const CHANGES = 600;
const BATCH_BYTES_MAX = 64 * 1024;

type Change = { key: string; value: unknown };
type Customer = { id: number; name: string; city: string | null };

/** What a database and its connector say: snapshot, changes with and without the row before, deletes and their tombstones, some of it twice. */
function customerChanges(): { changes: Change[]; table: Map<number, Customer> } {
  const table = new Map<number, Customer>();
  const changes: Change[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const id = (i * 7 + Math.floor(i / 11)) % CUSTOMERS;
    const key = JSON.stringify({ id });
    const before = table.get(id) ?? null;
    const after = i % 9 === 4 ? null : { id, name: `n${i % 5}`, city: i % 4 === 0 ? null : `c${i % 3}` };
    if (before === null && after === null) continue;
    const op = after === null ? 'd' : before === null ? (i < CUSTOMERS ? 'r' : 'c') : 'u';
    const envelope = {
      before: op === 'd' ? { id } : i % 2 === 0 ? before : null,
      after,
      op,
      source: { lsn: i },
      ts_ms: i,
    };
    const value = i % 3 === 0 ? { schema: { type: 'struct' }, payload: envelope } : envelope;
    changes.push({ key, value });
    if (after === null) {
      table.delete(id);
      changes.push({ key, value: null });
    } else table.set(id, after);
    if (i % 50 === 49) changes.push(...changes.slice(-10));
  }
  return { changes, table };
}

function balanceChanges(): { changes: Change[]; table: Map<number, number> } {
  const table = new Map<number, number>();
  const changes: Change[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const customer = (i * 3 + Math.floor(i / 13)) % (CUSTOMERS + 5);
    const gone = i % 7 === 3;
    changes.push({ key: JSON.stringify({ customer }), value: gone ? null : { amount: i, note: 'x' } });
    if (gone) table.delete(customer);
    else table.set(customer, i);
  }
  return { changes, table };
}

async function produceChanges(
  { kafka }: Cluster,
  topic: string,
  partitions: number,
  changes: readonly Change[],
): Promise<void> {
  const byPartition = Map.groupBy(changes, ({ key }) =>
    partitionOfKey(Buffer.from(key), 0, Buffer.byteLength(key), partitions),
  );
  const batches = [...byPartition].map(([partition, own]) => {
    const writer = createRecordBatchWriter({
      compression: 'gzip',
      bytesMax: BATCH_BYTES_MAX,
      headers: {},
      timestampMs: 0,
    });
    for (const { key, value } of own) {
      const [keyBytes, bytes] = [Buffer.from(key), value === null ? null : Buffer.from(JSON.stringify(value))];
      writer.append(keyBytes, 0, keyBytes.length, bytes, 0, bytes?.length ?? 0);
    }
    return { topic, partition, batches: writer.finish().batches };
  });
  await kafka.produce(batches, { acks: -1 });
}

const shared = { trigger: 'availableNow', limits: { recordsPerBatch: 150 } };

test('envelopes and upserts are joined as tables, and what comes of it is a table for the next job', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const [customers, balances, joined, counted] = (await Promise.all(
    Array.from({ length: 4 }, () => cluster.createTopic(PARTITIONS)),
  )) as [string, string, string, string];
  const [ofCustomers, ofBalances] = [customerChanges(), balanceChanges()];
  await produceChanges(cluster, customers, PARTITIONS, ofCustomers.changes);
  await produceChanges(cluster, balances, PARTITIONS, ofBalances.changes);

  const first = await cluster.submit({
    name: `joined-${joined}`,
    sources: {
      customers: {
        ...{
          topic: customers,
          changes: 'debezium',
          key: 'id',
          columns: { id: 'INTEGER', name: 'VARCHAR', city: 'VARCHAR' },
        },
      },
      balances: {
        topic: balances,
        changes: 'upsert',
        key: ['customer'],
        columns: { customer: 'INTEGER', amount: 'BIGINT' },
      },
    },
    query:
      "SELECT c.id, c.name, c.city, b.amount FROM customers c LEFT JOIN balances b ON c.id = b.customer WHERE c.name <> 'n3'",
    sink: { type: 'kafka', topic: joined, key: 'id' },
    outputMode: 'update',
    ...shared,
  });
  await first.untilFinished();
  const expected = [...ofCustomers.table.values()].filter(({ name }) => name !== 'n3');
  const joinedRows = expected.map((row) =>
    textRowOf(JSON.stringify({ ...row, amount: ofBalances.table.get(row.id) ?? null })),
  );
  assert.ok(joinedRows.length > 5);
  assertSameRows(await readKafkaTable(cluster.kafka, joined), joinedRows);

  const second = await cluster.submit({
    name: `counted-${joined}`,
    sources: {
      people: {
        topic: joined,
        changes: 'upsert',
        key: 'id',
        columns: { id: 'INTEGER', name: 'VARCHAR', city: 'VARCHAR' },
      },
    },
    query: 'SELECT city, count(*) AS people, count(DISTINCT name) AS names FROM people GROUP BY city',
    sink: { type: 'kafka', topic: counted, key: 'city' },
    outputMode: 'update',
    ...shared,
  });
  await second.untilFinished();
  const cities = [...Map.groupBy(expected, ({ city }) => city)].map(([city, rows]) =>
    textRowOf(JSON.stringify({ city, people: rows.length, names: new Set(rows.map(({ name }) => name)).size })),
  );
  assertSameRows(await readKafkaTable(cluster.kafka, counted), cities);
  const { commits } = await second.logs();
  assert.ok(commits.length > 1);
});

test('an envelope that says no change stops the job and is named, or is kept elsewhere', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const [topic, dead] = [await cluster.createTopic(1), await cluster.createTopic(1)];
  const good = (id: number) => JSON.stringify({ op: 'c', before: null, after: { id } });
  await cluster.produce(topic, [[good(1), '{"id": 2}', good(3)]]);
  const spec = (name: string, onBadRecord: unknown) => ({
    name: `${name}-${topic}`,
    sources: { rows: { topic, changes: 'debezium', key: 'id', columns: { id: 'INTEGER' }, onBadRecord } },
    query: 'SELECT count(*) AS n FROM rows',
    sink: { type: 'noop' },
    outputMode: 'complete',
    restart: { failures: 0 },
    ...shared,
  });
  const failing = await cluster.submit(spec('failing', 'fail'));
  const failure = await failing.untilFailed();
  assert.equal(failure.code, 'BAD_RECORD');
  assert.match(failure.message, /0 at offset 1 says no change of a row \(op is none of c, r, u and d\): \{"id": 2\}/);
  const keeping = await cluster.submit(spec('keeping', { deadLetter: { topic: dead } }));
  await keeping.untilFinished();
  const letters = await readKafkaTable(cluster.kafka, dead);
  assert.deepEqual(
    letters.map(({ offset, reason }) => [offset, reason]),
    [['1', 'notChange']],
  );
});

test('orders meet the price that there was at their time, once and for all', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const [orders, prices, out] = (await Promise.all(Array.from({ length: 3 }, () => cluster.createTopic(1)))) as [
    string,
    string,
    string,
  ];
  const start = Date.UTC(2024, 0, 1);
  const items = 7;
  const versions = Array.from({ length: 200 }, (_, i) => {
    const [item, gone, since] = [i % items, i % 11 === 10, start + i * 700];
    const row = { item, price: i, since };
    const envelope = gone
      ? { op: 'd', before: { item }, source: { ts_ms: since } }
      : { op: i < items ? 'c' : 'u', after: row };
    return { item, since, price: gone ? null : i, change: { key: JSON.stringify({ item }), value: envelope } };
  });
  const placed = Array.from({ length: 400 }, (_, i) => ({
    id: i,
    item: (i * 3) % (items + 1),
    ts: start + i * 300 + 1,
  }));
  // Time goes on, so that all of them are closed.
  const end = start + 1_000_000;
  const last = { key: '{"item":-1}', value: { op: 'c', after: { item: -1, price: 0, since: end } } };
  await produceChanges(cluster, prices, 1, [...versions.map(({ change }) => change), last]);
  await cluster.produce(orders, [[...placed, { id: -1, item: -2, ts: end }].map((order) => JSON.stringify(order))]);
  const watermark = (column: string) => ({ watermark: { column, delay: '1ms', futureMax: '366d' } });
  const job = await cluster.submit({
    name: `priced-${out}`,
    sources: {
      orders: { topic: orders, columns: { id: 'INTEGER', item: 'INTEGER', ts: 'epoch_ms' }, ...watermark('ts') },
      prices: {
        ...{ topic: prices, changes: 'debezium', key: 'item', ...watermark('since') },
        columns: { item: 'INTEGER', price: 'INTEGER', since: 'epoch_ms' },
      },
    },
    query: 'SELECT o.id, p.price FROM orders o LEFT JOIN prices p AT (TIMESTAMP => o.ts) ON o.item = p.item',
    sink: { type: 'kafka', topic: out, key: 'id' },
    outputMode: 'append',
    ...shared,
  });
  await job.untilFinished();
  const priceAt = (item: number, ts: number) =>
    versions.findLast((one) => one.item === item && one.since <= ts)?.price ?? null;
  const expected = placed.map(({ id, item, ts }) => textRowOf(JSON.stringify({ id, price: priceAt(item, ts) })));
  assertSameRows(await readKafkaSink(cluster.kafka, out), expected);
  const { commits } = await job.logs();
  assert.equal(
    commits.reduce((sum, { counts }) => sum + counts.lateRows, 0),
    0,
  );
});
