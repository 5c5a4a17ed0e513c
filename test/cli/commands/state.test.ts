import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryJobStateRequest } from '@millrace/proto';
import { startFakeDriver } from '../support/fake-driver.ts';
import { runCommand } from '../support/run-command.ts';

const REPLY = { columns: ['user', 'total'], rowsJson: '[["ann","12.50"]]', truncated: false, batchId: 3 };

test('state sends the SQL and shows the rows', async (t) => {
  const requests: QueryJobStateRequest[] = [];
  const driver = await startFakeDriver(t, {
    QueryJobState: async (request) => {
      requests.push(request);
      return REPLY;
    },
  });
  const sql = 'SELECT * FROM aggregate_1';
  const { code, stdout } = await runCommand(['state', 'spend', sql, '--max-rows', '5', '--driver', driver]);
  assert.deepEqual([code, stdout], [0, 'user  total\nann   12.50\n1 row; state after batch 3\n']);
  await runCommand(['state', 'spend', '--driver', driver]);
  assert.deepEqual(requests, [
    { jobId: 'spend', sql, maxRows: 5 },
    { jobId: 'spend', sql: '', maxRows: 100 },
  ]);
  const { stdout: json } = await runCommand(['state', 'spend', '--json', '--driver', driver]);
  assert.deepEqual(JSON.parse(json), {
    batchId: 3,
    columns: ['user', 'total'],
    rows: [['ann', '12.50']],
    truncated: false,
  });
});

test('a wrong --max-rows is wrong usage', async () => {
  const { code, stderr } = await runCommand(['state', 'spend', '--max-rows', 'all']);
  assert.equal(code, 2);
  assert.match(stderr, /--max-rows: 'all' is not a whole number/);
});
