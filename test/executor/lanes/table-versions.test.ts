import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { FetchedTable } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import { specOf } from '../../shared/sql/spec-of.ts';
import {
  JOB,
  openPlan,
  range,
  recordSet,
  rowsOf,
  runDone,
  runFailed,
  startLane,
  type TestLane,
  task,
} from './lane-fixture.ts';

const plain = (name: string, type: string) => ({ name, type, encoding: 'plain' as const });

const rates: FetchedTable = {
  name: 'rates',
  columns: [plain('user', 'VARCHAR'), plain('big', 'HUGEINT'), plain('span', 'INTERVAL')],
  origin: { kind: 'postgres', url: 'postgres://u:p@h/d', query: 'SELECT' },
  refreshIntervalMs: 1_000,
  bytesMax: 1_000,
};

async function compile() {
  const frontend = await openDuckDbFrontend();
  try {
    const query =
      'SELECT e.quantity, r.big, r.span::VARCHAR AS span FROM events e LEFT JOIN rates r ON e."user" = r."user"';
    const compiled = await compileJob({ ...specOf(query, 'append'), tables: [rates] }, frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    return compiled.plan;
  } finally {
    frontend.close();
  }
}

const HUGE = '99999999999999999999999999999999999999';

/** As the driver stores it. */
async function writeVersion(lane: TestLane, version: string, rows: string): Promise<string> {
  const folder = join(lane.scratchDir, JOB, 'tables');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${version}.parquet`);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (SELECT "user", big::DECIMAL(38,0) AS big, span FROM (VALUES ${rows}) AS t("user", big, span))
    TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  return path;
}

const records = ['a', 'b'].map((user, quantity) => ({ value: JSON.stringify({ user, quantity, ts: quantity }) }));
const input = () => ({
  kind: 'records' as const,
  ranges: [range([], { source: 'events', from: 0, until: records.length, recordSets: [recordSet(records)] })],
});

test('a task reads the version it names, exactly, and the one before is gone', async (t) => {
  const lane = startLane(t);
  const plan = await compile();
  await openPlan(lane, plan);
  const v1 = await writeVersion(lane, 'v1', `('a', '${HUGE}', '1 day 00:00:00.000001')`);
  const v2 = await writeVersion(lane, 'v2', `('b', '1', NULL)`);
  const loaded = (version: string, path: string) =>
    lane.run({ kind: 'loadTables', jobId: JOB, tables: [{ table: 'rates', version, path }] });
  const tables = (version: string) => ({ tables: [{ table: 'rates', version }], planHash: plan.hash, stage: 's0' });
  const run = async (version: string) => rowsOf(await runDone(lane, task(input(), tables(version)))).sort();
  assert.deepEqual(await loaded('v1', v1), { kind: 'done' });
  assert.deepEqual(await run('v1'), [
    [0, HUGE, '1 day 00:00:00.000001'],
    [1, null, null],
  ]);
  assert.deepEqual(await loaded('v2', v2), { kind: 'done' });
  assert.deepEqual(await run('v2'), [
    [0, null, null],
    [1, '1', null],
  ]);
  assert.equal((await runFailed(lane, task(input(), tables('v1')))).code, 'JOB_NOT_OPEN');
  assert.deepEqual(await loaded('v1', v1), { kind: 'done' });
  assert.equal((await run('v1')).length, 2);
});
