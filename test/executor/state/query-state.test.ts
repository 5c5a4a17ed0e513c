import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import { queryState } from '../../../executor/src/state/query-state.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import { specOf } from '../../shared/sql/spec-of.ts';

test('of a log a reader sees each row once, and nothing that was taken back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-query-'));
  const frontend = await openDuckDbFrontend();
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  t.after(() => {
    frontend.close();
    connection.closeSync();
    rmSync(folder, { recursive: true, force: true });
  });
  // The median's answers are kept with weights.
  const compiled = await compileJob(
    specOf('SELECT country, median(amount) AS m FROM events GROUP BY country', 'changelog'),
    frontend,
  );
  assert.ok(compiled.ok);
  const { plan } = compiled;
  const results = statefulOperators(plan).find(({ id }) => id.endsWith('_results'))!;
  const written = (index: number, rows: string) => {
    const path = join(folder, `${index}.parquet`);
    const columns = [...results.state.columns, { name: '__partition', type: 'UTINYINT' }];
    const typed = columns.map(({ name, type }, position) => `CAST(c${position} AS ${type}) AS "${name}"`);
    const names = columns.map((_, position) => `c${position}`);
    return connection
      .run(
        `COPY (SELECT ${typed.join(', ')} FROM (VALUES ${rows}) AS v(${names.join(', ')})) TO '${path}' (FORMAT parquet)`,
      )
      .then(() => ({ operatorId: results.id, name: String(index), path, kind: 'delta' as const, partitions: [] }));
  };
  const files = [
    await written(0, `('DE', 1, 1, 0), ('FR', 5, 1, 1)`),
    await written(1, `('DE', 1, -1, 0), ('DE', 2, 1, 0)`),
  ];
  const sql = `SELECT * FROM "${results.state.table}" ORDER BY country`;
  const { columns, rowsJson } = await queryState(
    plan,
    { sql, files, watermarkMs: null, ttl: null, rowsMax: 10 },
    folder,
    1e9,
  );
  assert.deepEqual([columns[0], ...columns.slice(2)], ['country', '__weight', '__partition']);
  assert.deepEqual(JSON.parse(rowsJson), [
    ['DE', '2.00', 1, 0],
    ['FR', '5.00', 1, 1],
  ]);
});
