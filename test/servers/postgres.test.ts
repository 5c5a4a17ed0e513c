import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { startPostgres } from './index.ts';

test('a killed Postgres comes back on its port with its data', {
  skip: Boolean(process.env.MILLRACE_POSTGRES),
}, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.run("CREATE TABLE kept (value TEXT); INSERT INTO kept VALUES ('yes')");
  await postgres.kill();
  await assert.rejects(postgres.run('SELECT 1'), /ECONNREFUSED/);
  await postgres.restart();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  assert.deepEqual((await client.query('SELECT value FROM kept')).rows, [{ value: 'yes' }]);
  await client.end();
});
