import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { StateTable } from '@millrace/shared/plan';
import { loadStateTable } from '../../../executor/src/state/load-state.ts';

const STATE: StateTable = {
  table: 'kept',
  columns: [
    { name: 'k', type: 'VARCHAR' },
    { name: 'n', type: 'INTEGER' },
  ],
  ...{ kind: 'keyed', keyColumns: ['k'], goneSql: null, compact: null },
  ...{ pendingRelation: 'pending', evict: null, adopt: [], nextExpiry: null, snapshot: '' },
};

type Row = [k: string | null, n: number, partition: number];
type File = { kind: 'delta' | 'snapshot'; rows: Row[] };

/** Rows that the table has after a restore of the state partitions 0 and 1 from these files, oldest first. */
async function restored(t: TestContext, state: StateTable, files: readonly File[]): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-load-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  t.after(() => connection.closeSync());
  const stored = [];
  for (const [index, { kind, rows }] of files.entries()) {
    const path = join(folder, `${index}.parquet`);
    const values = rows.map(([k, n, partition]) => `(${k === null ? 'NULL' : `'${k}'`}, ${n}, ${partition})`);
    await connection.run(
      `COPY (SELECT k::VARCHAR AS k, n::INTEGER AS n, p::UTINYINT AS __partition FROM (VALUES ${values.join(', ')}) AS v(k, n, p)) TO '${path}' (FORMAT parquet)`,
    );
    stored.push({ operatorId: 'op', name: String(index), path, kind, partitions: [0, 1] });
  }
  const { rowsChanged } = await connection.run(
    loadStateTable(state, stored, [0, 1], { statePartitions: 2, ttlSinceMs: null }),
  );
  const rows = (await connection.runAndReadAll('SELECT * FROM kept ORDER BY ALL')).getRowsJson() as Row[];
  assert.equal(Number(rowsChanged), rows.length);
  return rows;
}

const FILES: File[] = [
  { kind: 'delta', rows: [['old', 1, 0]] },
  {
    kind: 'snapshot',
    rows: [
      ['a', 1, 0],
      ['b', 1, 1],
      [null, 1, 0],
    ],
  },
  {
    kind: 'delta',
    rows: [
      ['a', 0, 0],
      ['b', 2, 1],
    ],
  },
  { kind: 'delta', rows: [[null, 0, 0]] },
];

test('of keyed state the newest row of each key counts, NULL being a key', async (t) => {
  assert.deepEqual(await restored(t, STATE, FILES), [
    ['a', 0, 0],
    ['b', 2, 1],
    [null, 0, 0],
  ]);
});

test('a key whose newest row says that it is gone is not there, and hides its older rows', async (t) => {
  const state: StateTable = { ...STATE, goneSql: 'n = 0' };
  assert.deepEqual(await restored(t, state, FILES), [['b', 2, 1]]);
  assert.deepEqual(await restored(t, state, FILES.slice(2, 3)), [['b', 2, 1]]);
  const back: File = { kind: 'delta', rows: [['a', 5, 0]] };
  assert.deepEqual(await restored(t, state, [...FILES, back]), [
    ['a', 5, 0],
    ['b', 2, 1],
  ]);
});

test('of a log all rows count since the newest snapshot, equal ones each', async (t) => {
  const log: StateTable = { ...STATE, kind: 'log' };
  const again: File = { kind: 'delta', rows: [['b', 2, 1]] };
  assert.deepEqual(await restored(t, log, [...FILES, again]), [
    ['a', 0, 0],
    ['a', 1, 0],
    ['b', 1, 1],
    ['b', 2, 1],
    ['b', 2, 1],
    [null, 0, 0],
    [null, 1, 0],
  ]);
});

test('without files there is nothing', async (t) => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  t.after(() => connection.closeSync());
  const { rowsChanged } = await connection.run(
    loadStateTable(STATE, [], [0], { statePartitions: 2, ttlSinceMs: null }),
  );
  assert.equal(Number(rowsChanged), 0);
});
