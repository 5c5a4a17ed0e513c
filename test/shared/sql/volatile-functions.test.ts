import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

const PLACEHOLDERS = ["'x'", '1', 'TRUE', '0.5', "['x']"];

test('no function whose answer is another one at every call, or in every session, reaches a plan', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT function_name, len(parameters) FROM duckdb_functions()
     WHERE function_type = 'scalar' AND stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
  );
  connection.closeSync();
  const functions = reader.getRowsJson() as [string, number | string][];
  assert.ok(functions.length > 20);
  for (const [name, arity] of functions) {
    for (const value of PLACEHOLDERS) {
      const call = `"${name}"(${new Array(Number(arity)).fill(value).join(', ')})`;
      const compiled = await compileJob(specOf(`SELECT ${call} AS answer FROM events`, 'append'), frontend);
      if (!compiled.ok) continue;
      const text = JSON.stringify(compiled.plan.stages);
      assert.ok(!text.includes(`${name}(`) && text.includes('batch_time'), `${call}: ${text}`);
    }
  }
});
