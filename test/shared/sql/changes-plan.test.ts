import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { JobPlan } from '@millrace/shared/plan';
import type { OutputMode, ViewSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specFor } from './differential.ts';
import { read } from './plan-interpreter.ts';
import { SMALL_CHANGES, SMALL_VERSIONS } from './small-changes.ts';
import { SMALL_RELATIONS } from './small-relations.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

const VIEWS: ViewSpec[] = [{ name: 'people', query: 'SELECT id, g FROM v' }];

const compiled = (query: string, mode: OutputMode, views = VIEWS) =>
  compileJob(
    specFor({ relations: [...SMALL_RELATIONS, ...SMALL_CHANGES, ...SMALL_VERSIONS], query, mode, views }),
    frontend,
  );

async function planOf(query: string, mode: OutputMode = 'changelog'): Promise<JobPlan> {
  const result = await compiled(query, mode);
  assert.ok(result.ok, JSON.stringify(result));
  return result.plan;
}

const REFUSED: [query: string, mode: OutputMode, message: RegExp][] = [
  [
    'SELECT * FROM p',
    'append',
    /append is not possible: rows may be taken back at any time, because p may take back its own\.$/,
  ],
  ['SELECT a.id, p.y, q.y AS z FROM a JOIN p ON a.k = p.id JOIN q ON q.id = p.id', 'append', /because p and q may/],
  ['SELECT * FROM r', 'update', /update is not possible: nothing tells the rows apart/],
  ['SELECT g FROM p', 'update', /update is not possible: the SELECT list leaves out id/],
  ['SELECT id, _offset FROM r', 'changelog', /"_offset"/],
  [
    "SELECT window_start, count(*) AS n FROM tumble(v, since, INTERVAL '1 minute') GROUP BY window_start",
    'append',
    /because v may/,
  ],
  [
    'SELECT id FROM p WHERE since > now()::TIMESTAMP',
    'changelog',
    /The present moment is not supported where rows may change/,
  ],
  [
    'SELECT a.id FROM a JOIN p AT (TIMESTAMP => a.ts) ON p.id = a.k',
    'changelog',
    /p has no versions to be read as of a time/,
  ],
  [
    'SELECT a.id FROM a JOIN b AT (TIMESTAMP => a.ts) ON b.k = a.k',
    'changelog',
    /b has no versions to be read as of a time/,
  ],
  [
    'SELECT a.id FROM a JOIN t AT (TIMESTAMP => a.ts) ON t.k = a.k',
    'changelog',
    /AT \(TIMESTAMP => …\) is not supported over t/,
  ],
  [
    'SELECT a.id FROM a JOIN people AT (TIMESTAMP => a.ts) ON people.id = a.k',
    'changelog',
    /is not supported over people/,
  ],
  ["SELECT id FROM v AT (TIMESTAMP => TIMESTAMP '2024-01-01')", 'changelog', /only on the right side of JOIN/],
  ['SELECT a.id FROM a JOIN v AT (VERSION => a.id) ON v.id = a.k', 'changelog', /AT needs the watermark column/],
  ['SELECT a.id FROM a JOIN v AT (TIMESTAMP => now()) ON v.id = a.k', 'changelog', /AT needs the watermark column/],
  ['SELECT p.id FROM p JOIN v AT (TIMESTAMP => p.since) ON v.id = p.id', 'changelog', /must be rows that only come/],
  ['SELECT a.id FROM a JOIN v AT (TIMESTAMP => a.ts) ON v.g = a.g', 'changelog', /does not say which id/],
  [
    'SELECT a.id FROM a LEFT JOIN v AT (TIMESTAMP => a.ts) ON v.id = a.k AND v.y > 1',
    'changelog',
    /no conditions but for the key/,
  ],
  ['SELECT a.id FROM a FULL JOIN v AT (TIMESTAMP => a.ts) ON v.id = a.k', 'changelog', /Only JOIN and LEFT JOIN/],
  [
    'SELECT a.id FROM a JOIN v AT (TIMESTAMP => a.ts) ON v.id = a.k JOIN v now ON now.id = a.k',
    'changelog',
    /reads v as of a time and as it is now/,
  ],
];

for (const [query, mode, message] of REFUSED) {
  test(`refused: ${mode} of ${query}`, async () => {
    const views = query.includes('people') ? VIEWS : [];
    const result = await compiled(query, mode, views);
    assert.ok(!result.ok);
    assert.match(result.problems[0]!.message, message);
  });
}

test('a watermark of changes is told to be idle, and holds nothing back, unless versions are read by it', async () => {
  const [now, then] = [
    await planOf('SELECT id, y FROM v'),
    await planOf('SELECT a.id, y FROM a JOIN v AT (TIMESTAMP => a.ts) ON v.id = a.k'),
  ];
  const timeOf = (plan: JobPlan) => plan.sources.find(({ name }) => name === 'v')!.eventTimeColumn;
  assert.deepEqual([timeOf(now), timeOf(then)], [null, 'since']);
  const told = (plan: JobPlan) =>
    plan.warnings.some((warning) => warning.startsWith('The watermark of v closes nothing'));
  assert.deepEqual([told(now), told(then)], [true, false]);
});

test('of versions that the watermark has passed the last one of each key stays, where the row is not gone', async () => {
  const plan = await planOf('SELECT a.id, y FROM a JOIN v AT (TIMESTAMP => a.ts) ON v.id = a.k');
  const { state } = plan.stages.flatMap(({ operators }) => operators).find(({ id }) => id.endsWith('_right'))!;
  const lane = await (await DuckDBInstance.create(':memory:')).connect();
  await lane.run(
    `CREATE TABLE "${state!.table}" (${state!.columns.map(({ name, type }) => `"${name}" ${type}`).join(', ')}, __partition UTINYINT)`,
  );
  const version = (id: number, y: number, gone: boolean, second: number, offset = y) =>
    `SELECT ${id} AS id, ${y} AS y, ${gone} AS __gone, 'v' AS __topic, 0 AS __partition_number, ${offset} AS __offset, TIMESTAMP '2024-01-01' + to_seconds(${second}) AS __since, 0 AS __partition`;
  const versions = [
    version(1, 10, false, 1),
    version(1, 11, false, 5),
    version(1, 12, false, 5),
    version(1, 13, false, 9),
    version(2, 20, false, 2),
    version(2, 21, true, 6),
    version(3, 30, false, 8),
    version(4, 40, true, 8),
  ];
  await lane.run(`INSERT INTO "${state!.table}" BY NAME ${versions.join(' UNION ALL ')}`);
  await lane.run("SET VARIABLE previous_watermark = TIMESTAMP '2024-01-01 00:00:06'");
  for (let again = 0; again < 2; again++) {
    await lane.run(state!.evict!.sql);
    assert.deepEqual((await read(lane, `SELECT y FROM "${state!.table}" ORDER BY y`)).flat(), [12, 13, 30, 40]);
  }
  lane.closeSync();
});
