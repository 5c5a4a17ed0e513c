import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FetchedTable, OutputMode } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { type Differential, runDifferential, specFor } from './differential.ts';
import { SMALL_RELATIONS, SMALL_ROWS, SMALL_TABLES } from './small-relations.ts';

let frontend: SqlFrontend;
let folder: string;
before(async () => {
  frontend = await openDuckDbFrontend();
  folder = await mkdtemp(join(tmpdir(), 'millrace-refreshed-'));
});
after(async () => {
  frontend.close();
  await rm(folder, { recursive: true });
});

const plain = (name: string, type: string) => ({ name, type, encoding: 'plain' as const });

const rates: FetchedTable = {
  name: 'rates',
  columns: [plain('k', 'INTEGER'), plain('rate', 'INTEGER')],
  origin: { kind: 'postgres', url: 'postgres://u:p@h/d', query: 'SELECT' },
  refreshIntervalMs: 1_000,
  bytesMax: 1_000,
};

/** Other rates in every batch, a key that is there in some only, and one that is there twice in some. */
const ratesOf = (batch: number) =>
  `SELECT (n % 5)::INTEGER AS k, (n * 100 + ${batch})::INTEGER AS rate FROM range(${3 + (batch % 4)}) AS r(n)`;

const RATES = [{ table: rates, rows: ratesOf }];

/** Rows are joined with the version of their batch, and stay so: the truth is the join batch by batch. */
const CASES: { query: string; truth: string; mode?: OutputMode }[] = [
  {
    query: 'SELECT a.id, r.rate FROM a LEFT JOIN rates r ON a.k = r.k AND a.x < r.rate',
    truth: `SELECT a.id, r.rate FROM a_by_batch a LEFT JOIN rates_by_batch r ON a.__batch = r.__batch AND a.k = r.k AND a.x < r.rate`,
    mode: 'append',
  },
  {
    query: 'SELECT id FROM a WHERE k IN (SELECT k FROM rates) AND x > 0',
    truth:
      'SELECT id FROM a_by_batch a WHERE x > 0 AND EXISTS (SELECT 1 FROM rates_by_batch r WHERE r.__batch = a.__batch AND r.k = a.k)',
  },
  {
    query: 'SELECT id FROM a WHERE x > 9 OR k NOT IN (SELECT k FROM rates WHERE rate > 1)',
    truth:
      'SELECT id FROM a_by_batch a WHERE x > 9 OR k NOT IN (SELECT k FROM rates_by_batch r WHERE r.__batch = a.__batch AND rate > 1)',
    mode: 'append',
  },
  {
    query: 'SELECT id, best FROM a JOIN (SELECT k, max(rate) AS best FROM rates GROUP BY k) USING (k)',
    truth:
      'SELECT id, best FROM a_by_batch a JOIN (SELECT __batch, k, max(rate) AS best FROM rates_by_batch GROUP BY ALL) r ON r.__batch = a.__batch AND r.k = a.k',
  },
  {
    query: 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM rates r WHERE r.k = a.k)',
    truth:
      'SELECT id FROM a_by_batch a WHERE NOT EXISTS (SELECT 1 FROM rates_by_batch r WHERE r.__batch = a.__batch AND r.k = a.k)',
  },
  {
    query: 'SELECT g, count(*) AS n, sum(rate) AS total FROM a JOIN rates USING (k) GROUP BY g',
    truth:
      'SELECT g, count(*) AS n, sum(rate) AS total FROM a_by_batch a JOIN rates_by_batch r ON a.__batch = r.__batch AND a.k = r.k GROUP BY g',
    mode: 'update',
  },
  {
    query: `SELECT rate, count(DISTINCT g) AS n FROM (SELECT r.rate, u.g FROM a JOIN rates r USING (k) JOIN u ON a.g = u.g)
      GROUP BY rate`,
    truth: `SELECT rate, count(DISTINCT g) AS n FROM (SELECT r.rate, u.g FROM a_by_batch a JOIN rates_by_batch r
      ON a.__batch = r.__batch AND a.k = r.k JOIN u ON a.g = u.g) GROUP BY rate`,
  },
  {
    query:
      'SELECT p.id, p.rate, b.id AS other FROM (SELECT id, k, rate FROM a JOIN rates USING (k)) p JOIN b ON p.k = b.k AND p.id = b.id',
    truth: `SELECT p.id, p.rate, b.id AS other FROM (SELECT a.id, a.k, r.rate FROM a_by_batch a JOIN rates_by_batch r
      ON a.__batch = r.__batch AND a.k = r.k) p JOIN b ON p.k = b.k AND p.id = b.id`,
  },
];

for (const { query, truth, mode = 'changelog' } of CASES)
  test(`${mode}: ${query}`, async () => {
    const one: Differential = {
      relations: SMALL_RELATIONS,
      tables: SMALL_TABLES,
      refreshed: RATES,
      query,
      truth,
      mode,
    };
    const compiled = await compileJob(specFor(one), frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    for (const seed of [1, 2, 3])
      await runDifferential(one, compiled.plan, { seed, slices: seed, folder, rows: SMALL_ROWS });
  });

test('rows that are taken back would meet another version: refused, unless the table is a part of the spec', async () => {
  for (const query of [
    'SELECT c.k, c.n, r.rate FROM (SELECT k, count(*) AS n FROM a GROUP BY k) c JOIN rates r ON c.k = r.k',
    'SELECT l.id, r.rate FROM (SELECT a.id, b.k FROM a LEFT JOIN b ON a.id = b.id) l LEFT JOIN rates r ON r.k = l.k',
    'SELECT k FROM (SELECT k, count(*) AS n FROM a GROUP BY k) WHERE k IN (SELECT k FROM rates)',
  ]) {
    const one: Differential = { relations: SMALL_RELATIONS, refreshed: RATES, query, mode: 'changelog' };
    const compiled = await compileJob(specFor(one), frontend);
    assert.ok(!compiled.ok, query);
    assert.match(compiled.problems[0]!.message, /^Rows that change cannot be joined with the table rates/);
    const { name, columns } = rates;
    const embedded = { ...specFor(one), tables: [{ name, columns, format: 'csv' as const, text: 'k,rate\n1,2\n' }] };
    assert.ok((await compileJob(embedded, frontend)).ok, query);
  }
});

test('the plan says from where, and is the same whatever the rows, the URL and the interval', async () => {
  const planOf = async (more: Partial<FetchedTable>) => {
    const refreshed = [{ table: { ...rates, ...more }, rows: ratesOf }];
    const query = 'SELECT id, rate FROM a JOIN rates USING (k)';
    const compiled = await compileJob(
      specFor({ relations: SMALL_RELATIONS, refreshed, query, mode: 'append' }),
      frontend,
    );
    assert.ok(compiled.ok);
    return compiled.plan;
  };
  const plan = await planOf({});
  assert.ok(!JSON.stringify(plan).includes('postgres://'));
  const moved = {
    origin: { kind: 'postgres' as const, url: 'postgres://x:y@z/d', query: 'SELECT 1' },
    refreshIntervalMs: 5,
  };
  assert.equal((await planOf(moved)).hash, plan.hash);
});

test('update: rows of groups beside those of a table that has a key', async () => {
  const tables = [{ ...SMALL_TABLES[1]!, key: ['g'] }];
  const query = 'SELECT c.g, c.n, u.w FROM (SELECT g, count(*) AS n FROM a GROUP BY g) c LEFT JOIN u ON c.g = u.g';
  const one: Differential = { relations: SMALL_RELATIONS, tables, query, mode: 'update' };
  const compiled = await compileJob(specFor(one), frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  assert.deepEqual(compiled.plan.output.keyColumns, ['g']);
  for (const seed of [1, 2])
    await runDifferential(one, compiled.plan, { seed, slices: seed, folder, rows: SMALL_ROWS });
});
