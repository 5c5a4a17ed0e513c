import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Stage } from '@millrace/shared/plan';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import { openLaneDatabase } from '../../../executor/src/compute/lane-database.ts';
import { openSqlSession } from '../../../executor/src/compute/sql-session.ts';
import { openSliceState } from '../../../executor/src/state/slice-state.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import { specOf } from '../../shared/sql/spec-of.ts';

const MEMORY_BYTES = 4e9;
const MANY_KEYS = 300_000;
const UNNAMED = { partitions: [], pendingNames: [], snapshot: false };
const NOWHERE = { watermarkMs: null, ttlCutoffMs: null };

/** A lane's state of counts per quantity; batches are given as SELECTs of quantity and score. */
async function openState(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-index-'));
  const database = await openLaneDatabase({ folder, memoryMaxBytes: MEMORY_BYTES });
  const guard = { check: () => undefined, during: <T>(_: unknown, statement: () => Promise<T>) => statement() };
  const session = openSqlSession(await database.connect(), guard);
  const frontend = await openDuckDbFrontend();
  t.after(() => {
    frontend.close();
    session.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const query = 'SELECT quantity, count(*) AS n, max(score) AS most FROM events GROUP BY quantity';
  const compiled = await compileJob(specOf(query, 'update'), frontend);
  assert.ok(compiled.ok);
  const { stages, statePartitions } = compiled.plan;
  const [map, reduce] = stages as [Stage, Stage];
  const operators = statefulOperators(reduce);
  const { id, state } = operators[0]!;
  const slice = openSliceState(session, [], { statePartitions, memoryMaxBytes: MEMORY_BYTES });
  let batchId = 0;
  let blobs: string[] = [];

  const runStage = async ({ operators }: Stage) => {
    for (const { statements } of operators) for (const sql of statements) await session.run(sql);
  };

  async function runBatch(rows: string): Promise<void> {
    await slice.bring({ ...UNNAMED, state: [{ operatorId: id, blobs }] }, operators, {
      previousWatermarkMs: null,
      ttl: null,
    });
    const [source] = map.inputs;
    const [input] = reduce.inputs;
    const [output] = map.outputs;
    assert.ok(source?.kind === 'source' && input?.kind === 'shuffle' && output?.kind === 'shuffle');
    await session.run(
      `CREATE OR REPLACE TEMP TABLE "${source.relation}" AS SELECT *, NULL::TIMESTAMP AS ts FROM (${rows})`,
    );
    await runStage(map);
    await session.run(`CREATE OR REPLACE TEMP TABLE "${input.relation}" AS FROM "${output.relation}"`);
    await runStage(reduce);
    const [counts] = await session.rows(
      `SELECT (SELECT count(*) FROM "${state.pendingRelation}"), (SELECT count(*) FROM "${state.table}")`,
    );
    const [keys, stored] = counts!.map(Number) as [number, number];
    const name = `blob-${batchId}`;
    const tableRows = Math.max(stored, keys);
    slice.addPending(id, { name, batchId, attemptId: 'a', reached: NOWHERE, rows: keys, tableRows, keys });
    await slice.finishBatch(batchId, new Set([name]));
    blobs = [name];
    batchId += 1;
  }

  const isIndexed = async () => (await session.rows('FROM duckdb_indexes()')).length > 0;
  const looksUpByIndex = async () => {
    const statements = reduce.operators.flatMap((operator) => operator.statements);
    const lookup = statements.find((sql) => sql.includes(`"${state.table}"`));
    return JSON.stringify(await session.rows(`EXPLAIN ANALYZE ${lookup}`)).includes('Index Scan');
  };
  return { session, state, runBatch, isIndexed, looksUpByIndex };
}

test('state that is large beside its changes is indexed, and no longer once much of it changes', async (t) => {
  const { runBatch, isIndexed, looksUpByIndex, session, state } = await openState(t);
  const batch = async (rows: string) => {
    await session.run(`CREATE OR REPLACE TEMP TABLE news AS ${rows}`);
    await session.run('CREATE TEMP TABLE IF NOT EXISTS seen (quantity INTEGER, score DOUBLE)');
    await session.run('INSERT INTO seen FROM news');
    await runBatch('FROM news');
  };
  const sameAsTruth = async () => {
    const [n, most] = state.columns.slice(1).map(({ name }) => `"${name}"`);
    const key = `"${state.keyColumns[0]}"`;
    const wrong = await session.rows(
      `SELECT * FROM (SELECT quantity, count(*) AS n, max(score) AS most FROM seen GROUP BY quantity) AS t FULL JOIN "${state.table}" AS s
       ON s.${key} IS NOT DISTINCT FROM t.quantity WHERE s.${n} IS DISTINCT FROM t.n OR s.${most} IS DISTINCT FROM t.most LIMIT 3`,
    );
    assert.deepEqual(wrong, []);
  };
  await batch(`SELECT i::INTEGER AS quantity, CAST(i % 7 AS DOUBLE) AS score FROM range(${MANY_KEYS}) AS r(i)`);
  assert.equal(await isIndexed(), false);
  for (let round = 0; round < 12; round++) {
    // Known keys, a new one, and NULL.
    await batch(
      `SELECT CASE WHEN i = 0 THEN NULL ELSE i::INTEGER * 997 + ${round} END AS quantity, CAST(i AS DOUBLE) AS score FROM range(20) AS r(i)
       UNION ALL SELECT ${MANY_KEYS + round}, 1`,
    );
  }
  assert.equal(await isIndexed(), true);
  assert.equal(await looksUpByIndex(), true);
  await sameAsTruth();
  await batch(`SELECT i::INTEGER AS quantity, 9::DOUBLE AS score FROM range(0, ${MANY_KEYS}, 3) AS r(i)`);
  assert.equal(await isIndexed(), false);
  await sameAsTruth();
});
