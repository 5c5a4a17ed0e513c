import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tellingWarnings } from '@millrace/shared/plan';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

const EVER = 'and never ends: no group key is a window of a watermark column.';
const NO_KEY = 'and never ends: no key is a window of a watermark column.';
const UNBOUND = 'and never ends: nothing bounds how far apart in event time rows match.';

/** What is told of the state of each query, in which every user is about 24 bytes in memory and 10 in the store. */
const TOLD: [query: string, told: string[]][] = [
  ['SELECT "user", window_start, count(*) AS n FROM tumble(events, ts, INTERVAL \'1 hour\') GROUP BY ALL', []],
  ['SELECT count(*) AS n FROM events', []],
  ['SELECT * FROM events ORDER BY amount DESC LIMIT 5', []],
  [
    'SELECT "user", count(*) AS n FROM events GROUP BY "user"',
    [
      `State grows with every new value of user ${EVER} It takes about 47 bytes in memory and 18 in the store for each distinct user: 1 million are about 47 MB on the executors and 18 MB in the store. Group by window_start of tumble(…, ts, …) too, and it ends. Or set stateTtl.`,
    ],
  ],
  [
    'SELECT DISTINCT "user" FROM events',
    [
      `State grows with every new value of user ${EVER} It takes about 47 bytes in memory and 18 in the store for each distinct user: 1 million are about 47 MB on the executors and 18 MB in the store. Have ts among the columns, and it ends. Or set stateTtl.`,
    ],
  ],
  [
    'SELECT country, median(score) AS m FROM events GROUP BY country',
    [
      `State grows with every new row that median is computed of ${NO_KEY} It takes about 47 bytes in memory and 18 in the store for each such row: 1 million are about 47 MB on the executors and 18 MB in the store. Group by window_start of tumble(…, ts, …) too, and it ends. Or set stateTtl.`,
    ],
  ],
  [
    'SELECT DISTINCT ON ("user") "user", quantity FROM events ORDER BY "user", ts',
    [
      `State grows with every new value of user ${NO_KEY} It takes about 71 bytes in memory and 32 in the store for each row kept of each user: 1 million are about 71 MB on the executors and 32 MB in the store. Partition by window_start of tumble(…, ts, …) too, and it ends. Or set stateTtl.`,
    ],
  ],
  [
    'SELECT a."user", b.quantity FROM events a JOIN events b ON a."user" = b.country',
    [
      `State grows with every new row of both sides of the inner join ${UNBOUND} It takes about 36 bytes in memory and 10 in the store for each row of the left side, about 42 bytes in memory and 14 in the store for each row of the right side: 1 million of each are about 78 MB on the executors and 24 MB in the store. Bound how far apart in event time rows match (AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '1 hour'), and it ends. Or set stateTtl.`,
    ],
  ],
  [
    'SELECT a.ts, b.ts AS other FROM events a JOIN events b ON a."user" = b.country AND b.ts >= a.ts',
    [
      "State grows with every new row of the left side of the inner join and never ends: nothing bounds how much later than it a match may be. It takes about 47 bytes in memory and 16 in the store for each row of the left side: 1 million are about 47 MB on the executors and 16 MB in the store. Bound how far apart in event time rows match (AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '1 hour'), and it ends. Or set stateTtl.",
    ],
  ],
];
for (const [query, told] of TOLD) {
  test(`what is told of the state of ${query}`, async () => {
    const compiled = await compileJob(specOf(query, 'changelog'), frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    const { warnings, notes } = compiled.plan;
    const own = tellingWarnings(compiled.plan).filter((_, index) => warnings[index]!.startsWith('State'));
    assert.deepEqual(own, told);
    assert.equal(notes!.growth.length, told.length);
    const ids = notes!.state.map(({ id }) => id);
    for (const { operator } of notes!.growth) assert.ok(ids.includes(operator));
  });
}

test('without a watermark the first thing to do is to declare one', async () => {
  const spec = specOf('SELECT "user", count(*) AS n FROM events GROUP BY "user"', 'update');
  const sources = spec.sources.map((source) => ({ ...source, watermark: null }));
  const compiled = await compileJob({ ...spec, sources }, frontend);
  assert.ok(compiled.ok);
  const [note] = compiled.plan.notes!.growth;
  assert.equal(
    note!.remedy,
    'Declare a watermark on the source and group by a window of its column too, and it ends. Or set stateTtl.',
  );
});
