import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import { compileJob, explainPlan, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specFor } from './differential.ts';
import { SMALL_RELATIONS, SMALL_TABLES } from './small-relations.ts';
import { TTL_CASES } from './ttl-cases.ts';
import { runTtlDifferential, TTL_MS } from './ttl-differential.ts';

const SEEDS = [1, 2];
const SLICES_MAX = 3;

let frontend: SqlFrontend;
let folder: string;
before(async () => {
  frontend = await openDuckDbFrontend();
  folder = await mkdtemp(join(tmpdir(), 'millrace-ttl-'));
});
after(async () => {
  frontend.close();
  await rm(folder, { recursive: true });
});

/** No watermark: nothing but the ttl ends anything. */
const RELATIONS = SMALL_RELATIONS.map((relation) => ({ ...relation, watermark: null }));

const compiled = (query: string, mode: 'append' | 'update' | 'complete' | 'changelog', ttlMs: number | null = TTL_MS) =>
  compileJob({ ...specFor({ relations: RELATIONS, tables: SMALL_TABLES, query, mode }), stateTtlMs: ttlMs }, frontend);

for (const [index, one] of TTL_CASES.entries()) {
  const { query, mode = 'changelog' } = one;
  test(`stateTtl, ${mode}: ${query}`, async () => {
    const result = await compiled(query, mode);
    assert.ok(result.ok, JSON.stringify(result));
    for (const seed of SEEDS) {
      const slices = 1 + ((seed + index) % SLICES_MAX);
      await runTtlDifferential(one, result.plan, { seed, slices, folder });
    }
  });
}

const growthOf = ({ warnings }: JobPlan) => warnings.filter((warning) => warning.startsWith('State grows'));

/** Warnings without a ttl, and those that are left with one. */
const WARNED: [query: string, without: number, left: number][] = [
  ['SELECT k, count(*) AS n FROM a GROUP BY k', 1, 0],
  ['SELECT n, count(*) AS groups FROM (SELECT k, count(*) AS n FROM a GROUP BY k) GROUP BY n', 2, 0],
  ['SELECT k, count(*) AS n FROM (SELECT DISTINCT k, g FROM a) GROUP BY k', 2, 0],
  ['SELECT a.id, b.y FROM a LEFT JOIN b ON a.k = b.k', 1, 0],
  ['SELECT b.y, count(*) AS n FROM a LEFT JOIN b ON a.k = b.k GROUP BY b.y', 2, 0],
  ['SELECT k, median(x) AS m FROM a GROUP BY k', 1, 0],
  ['SELECT id, x FROM a ORDER BY x, id LIMIT 3', 0, 0],
];
for (const [query, without, left] of WARNED) {
  test(`what a ttl ends is warned of without it, and not with it: ${query}`, async () => {
    const [never, after] = [await compiled(query, 'changelog', null), await compiled(query, 'changelog')];
    assert.ok(never.ok && after.ok);
    assert.equal(growthOf(never.plan).length, without);
    for (const { remedy } of never.plan.notes?.growth ?? []) assert.match(remedy, /Or set stateTtl\.$/);
    assert.equal(never.plan.notes?.growth.length, without);
    assert.equal(after.plan.notes?.growth.length, left);
    assert.equal(growthOf(after.plan).length, left);
  });
}

test('what follows windows that a watermark closes in silence grows with any ttl', async () => {
  const query =
    "SELECT n, count(*) AS windows FROM (SELECT window_start, k, count(*) AS n FROM tumble(a, ts, INTERVAL '10 seconds') GROUP BY window_start, k) GROUP BY n";
  const spec = specFor({ relations: SMALL_RELATIONS, query, mode: 'changelog' });
  for (const stateTtlMs of [null, TTL_MS]) {
    const result = await compileJob({ ...spec, stateTtlMs }, frontend);
    assert.ok(result.ok);
    assert.deepEqual(growthOf(result.plan), [
      'State grows with every new value of n and never ends: no group key is a window of a watermark column.',
    ]);
  }
});

test('a ttl that comes or changes leaves operators as they are; it is not in the plan', async () => {
  const ids = (plan: JobPlan) => plan.stages.flatMap(({ operators }) => operators.map(({ id }) => id));
  for (const query of [
    'SELECT k, count(*) AS n FROM a GROUP BY k',
    'SELECT DISTINCT k, g FROM a',
    'SELECT a.id, b.y FROM a LEFT JOIN b ON a.k = b.k',
    'SELECT k, median(x) AS m FROM a GROUP BY k',
    'SELECT k, id FROM a QUALIFY row_number() OVER (PARTITION BY k ORDER BY id) = 1',
  ]) {
    const [never, minute, day] = [
      await compiled(query, 'changelog', null),
      await compiled(query, 'changelog'),
      await compiled(query, 'changelog', 86_400_000),
    ];
    assert.ok(never.ok && minute.ok && day.ok);
    assert.deepEqual(ids(minute.plan), ids(never.plan));
    assert.equal(day.plan.hash, minute.plan.hash);
    assert.match(explainPlan(minute.plan), /state ends by stateTtl: DELETE FROM/);
  }
});

test('with a ttl a DISTINCT below others takes back what it forgets: what they keep is another state', async () => {
  const query = 'SELECT k, count(*) AS n FROM (SELECT DISTINCT k, g FROM a) GROUP BY k';
  const [never, after] = [await compiled(query, 'changelog', null), await compiled(query, 'changelog')];
  assert.ok(never.ok && after.ok);
  const last = (plan: JobPlan) => plan.stages.at(-1)!.operators.at(-1)!.id;
  assert.notEqual(last(never.plan), last(after.plan));
});

test('rows of a semi join that only one side bounds end by the ttl on both: a match is never forgotten before the row that found it', async () => {
  for (const bound of ['b.ts >= a.ts', 'b.ts <= a.ts']) {
    const query = `SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE a.k = b.k AND ${bound})`;
    const spec = specFor({ relations: SMALL_RELATIONS, query, mode: 'append' });
    const result = await compileJob({ ...spec, stateTtlMs: TTL_MS }, frontend);
    assert.ok(result.ok);
    const states = result.plan.stages.flatMap(({ operators }) => operators.flatMap(({ state }) => state ?? []));
    assert.deepEqual(
      states.map(({ evict, ttl }) => [evict, ttl?.takesBack]),
      [
        [null, false],
        [null, false],
      ],
    );
  }
});
