import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openSqlSession } from '../../../executor/src/compute/sql-session.ts';
import { openSurvey } from '../../../executor/src/compute/survey.ts';

test('questions of any number of columns are answered together; NULL is no answer', async (t) => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const session = openSqlSession(await instance.connect(), {
    check: () => {},
    during: (_, statement) => statement(),
  });
  t.after(() => {
    session.close();
    instance.closeSync();
  });
  const survey = openSurvey();
  const one = survey.ask('SELECT count(*) FROM range(7)');
  const many = survey.ask('SELECT max(i), min(i), NULL::BIGINT FROM range(5) t(i)', 3);
  const list = survey.askList('SELECT list(i ORDER BY i) FROM range(3) t(i)');
  const none = survey.askList('SELECT list(i) FROM range(0) t(i)');
  const big = survey.ask('SELECT 1700000000000000');
  await survey.take(session);
  assert.deepEqual([one(), many(), big()], [[7], [4, 0, null], [1_700_000_000_000_000]]);
  assert.deepEqual([list(), none()], [[0, 1, 2], []]);
  await openSurvey().take(session);
});
