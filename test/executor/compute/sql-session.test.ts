import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openSqlSession, type SqlSession } from '../../../executor/src/compute/sql-session.ts';

/** A session, and the texts that it sent. */
async function openTestSession(t: TestContext): Promise<{ session: SqlSession; sent: string[] }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const sent: string[] = [];
  const { run, runAndReadAll } = connection;
  connection.run = (sql) => {
    sent.push(sql);
    return run.call(connection, sql);
  };
  connection.runAndReadAll = (sql) => {
    const before = sent.length;
    return runAndReadAll.call(connection, sql).then((reader) => {
      sent.splice(before, sent.length, sql); // it calls run itself
      return reader;
    });
  };
  const session = openSqlSession(connection, { check: () => {}, during: (_, statement) => statement() });
  t.after(() => {
    session.close();
    instance.closeSync();
  });
  return { session, sent };
}

test('statements are sent one by one unless the session joins', async (t) => {
  const { session, sent } = await openTestSession(t);
  await session.set({ a: '1' });
  await session.later('CREATE TEMP TABLE t AS SELECT 1 AS x');
  assert.deepEqual(sent, ['SET VARIABLE a = 1', 'CREATE TEMP TABLE t AS SELECT 1 AS x']);
});

test('joined statements go with the next whose result is wanted, in order', async (t) => {
  const { session, sent } = await openTestSession(t);
  session.join(true);
  await session.set({ a: '1', b: "'two'" });
  await session.view('v', "SELECT getvariable('a') AS x");
  await session.later('CREATE TEMP TABLE t AS FROM v');
  assert.deepEqual(sent, []);
  assert.deepEqual(await session.rows('SELECT x FROM t'), [[1]]);
  assert.equal(sent.length, 1);
  await session.set({ a: '1' });
  await session.view('v', "SELECT getvariable('a') AS x");
  assert.equal(await session.run('INSERT INTO t VALUES (2), (3)'), 2);
  assert.equal(sent[1], 'INSERT INTO t VALUES (2), (3)');
});

test('of joined statements the one that fails is named, and is not taken for done', async (t) => {
  const { session } = await openTestSession(t);
  session.join(true);
  await session.set({ a: '1' });
  await session.later("CREATE OR REPLACE TEMP TABLE t AS SELECT 'x'::INTEGER AS x", { operator: 'first' });
  const failure = { code: 'QUERY_FAILED', message: /\(operator first\)$/ };
  await assert.rejects(session.rows('SELECT 1', { operator: 'second' }), failure);
  await session.set({ a: '1' });
  assert.deepEqual(await session.rows("SELECT getvariable('a')"), [[1]]);
});

test('what still waits when joining ends is forgotten, variables and views too', async (t) => {
  const { session, sent } = await openTestSession(t);
  session.join(true);
  await session.set({ a: '1' });
  await session.later('SELECT no_such_thing');
  session.join(false);
  await session.set({ a: '1' });
  assert.deepEqual(sent, ['SET VARIABLE a = 1']);
});
