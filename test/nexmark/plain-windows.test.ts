import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { plainWindows } from './plain-windows.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
before(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
  await connection.run(`CREATE TABLE t AS SELECT who, TIMESTAMP '2024-01-01' + to_milliseconds(ms) AS ts
    FROM (VALUES ('a', 0), ('a', 9_999), ('a', 19_999), ('b', 10_000), ('b', 21_000)) AS rows(who, ms)`);
});
after(() => {
  connection.closeSync();
  instance.closeSync();
});

/** Rows as `who seconds-of-start seconds-of-end count`. */
async function windowsOf(from: string, closedBy?: string): Promise<string[]> {
  const query = `SELECT who, epoch_ms(window_start) - 1704067200000, epoch_ms(window_end) - 1704067200000, count(*)
    FROM ${from} GROUP BY ALL ORDER BY ALL`;
  const rows = (await connection.runAndReadAll(plainWindows(query, closedBy))).getRows();
  return rows.map(([who, start, end, count]) => `${who} ${Number(start) / 1_000} ${Number(end) / 1_000} ${count}`);
}

test('tumble: side by side, the start belongs to the window and the end does not', async () => {
  assert.deepEqual(await windowsOf("tumble(t, ts, INTERVAL '10 seconds')"), [
    'a 0 10 2',
    'a 10 20 1',
    'b 10 20 1',
    'b 20 30 1',
  ]);
});

test('hop: a row is in every window its time lies in', async () => {
  assert.deepEqual(
    await windowsOf("hop((SELECT * FROM t WHERE who = 'b'), ts, INTERVAL '4 seconds', INTERVAL '10 seconds')"),
    ['b 4 14 1', 'b 8 18 1', 'b 12 22 1', 'b 16 26 1', 'b 20 30 1'],
  );
});

test('session: a pause of the gap ends one, by key', async () => {
  assert.deepEqual(await windowsOf("session(t, ts, INTERVAL '10 seconds', who)"), [
    'a 0 19.999 2',
    'a 19.999 29.999 1',
    'b 10 20 1',
    'b 21 31 1',
  ]);
  assert.deepEqual(await windowsOf("session(t, ts, INTERVAL '10001 milliseconds', who)"), [
    'a 0 30 3',
    'b 10 20.001 1',
    'b 21 31.001 1',
  ]);
});

test('windows that are not closed are left out', async () => {
  const closedBy = "TIMESTAMP '2024-01-01 00:00:20'";
  assert.deepEqual(await windowsOf("tumble(t, ts, INTERVAL '10 seconds')", closedBy), [
    'a 0 10 2',
    'a 10 20 1',
    'b 10 20 1',
  ]);
});

test('several in one query, and one within another', async () => {
  const text =
    "SELECT * FROM tumble(t, ts, INTERVAL '1 second') JOIN tumble((FROM hop(u, ts, a, b)), ts, c) ON x IN (1, 2)";
  const plain = plainWindows(text);
  assert.ok(!/tumble|hop/.test(plain));
  assert.match(plain, / ON x IN \(1, 2\)$/);
});
