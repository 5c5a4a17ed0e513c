import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { FetchedTable, TableOrigin } from '@millrace/shared/spec';
import { createTableLoader } from '../../../driver/src/tables/table-loader.ts';
import { fetched, plain, versionRows } from './table-fixture.ts';

const { signal } = new AbortController();
const columns = [plain('code', 'VARCHAR'), plain('n', 'INTEGER')];

async function openFolder(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  t.after(() => rm(root, { recursive: true }));
  const folder = join(root, 'tables');
  await mkdir(folder);
  const loaderOf = (tablesFolder: string | null) =>
    createTableLoader({ connectKafka: () => Promise.reject(new Error('no Kafka')), tablesFolder });
  const loader = loaderOf(folder);
  const load = async (table: FetchedTable, mark: string | null = null) => {
    const loaded = await loader.load(table, mark, signal);
    return loaded === 'unchanged' ? loaded : { ...loaded, table: await versionRows(loaded.bytes) };
  };
  return { root, folder, load, nowhere: loaderOf(null) };
}

const file = (path: string, format: Extract<TableOrigin, { kind: 'file' }>['format'] = 'csv') =>
  fetched({ kind: 'file', path, format }, columns);

test('a file in either format, and nothing to do while it is the same', async (t) => {
  const { folder, load } = await openFolder(t);
  await writeFile(join(folder, 'a.csv'), 'n,code,other\n2,b,x\n1,a,\n');
  await writeFile(join(folder, 'a.json'), '[{"code": "a", "n": 1}, {"code": "b", "n": 2}]');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (FROM (VALUES (2, 'b'), (1, 'a')) AS t(n, code)) TO '${join(folder, 'a.parquet')}'`);
  connection.closeSync();
  const rows = [
    ['a', 1],
    ['b', 2],
  ];
  const csv = await load(file('a.csv'));
  assert.ok(csv !== 'unchanged');
  assert.deepEqual(csv.table, rows);
  for (const format of ['json', 'parquet'] as const) {
    const other = await load(file(`a.${format}`, format));
    assert.ok(other !== 'unchanged');
    assert.deepEqual(other.bytes, csv.bytes, format);
  }
  assert.equal(await load(file('a.csv'), csv.mark), 'unchanged');
  await writeFile(join(folder, 'a.csv'), 'n,code\n3,c\n');
  const changed = await load(file('a.csv'), csv.mark);
  assert.ok(changed !== 'unchanged');
  assert.deepEqual(changed.table, [['c', 3]]);
});

test('no spec reads a file outside of the folder, by whatever name', async (t) => {
  const { root, folder, load, nowhere } = await openFolder(t);
  await writeFile(join(root, 'secret.csv'), 'code,n\na,1\n');
  await symlink(join(root, 'secret.csv'), join(folder, 'link.csv'));
  await symlink(root, join(folder, 'up'));
  for (const path of ['../secret.csv', join(root, 'secret.csv'), 'link.csv', 'up/secret.csv', '.', '..'])
    await assert.rejects(load(file(path)), { code: 'BAD_TABLE' }, path);
  await assert.rejects(nowhere.check(file('a.csv')), /reads none/);
  await assert.rejects(nowhere.load(file('a.csv'), null, signal), /reads none/);
});

test('what is wrong with a file is told', async (t) => {
  const { folder, load } = await openFolder(t);
  await writeFile(join(folder, 'a.csv'), 'code\na\n');
  await writeFile(join(folder, 'b.csv'), 'code,n\na,1\nb,secret\n');
  await assert.rejects(load(file('none.csv')), { code: 'TABLE_UNAVAILABLE' });
  await assert.rejects(load(file('a.csv')), /has no column "n"/);
  await assert.rejects(load(file('b.csv')), /has no INTEGER in the column "n" \(line 3 of the file\)/);
  await assert.rejects(load(file('a.csv', 'parquet')), /is no Parquet file/);
  await assert.rejects(load({ ...file('b.csv'), bytesMax: 10 }), /has more than 10B/);
});
