import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type JobPlan, stateOutcomeLines } from '@millrace/shared/plan';
import type { JobSpec, OutputMode, OutputSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import type { CommitEntry } from '@millrace/shared/store';
import { compareState, losesState, type StoredState } from '../../../driver/src/jobs/compare-state.ts';
import { specOf } from '../../shared/sql/spec-of.ts';
import { commitOf, stateBlob } from '../../shared/store/samples.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

type Query = string | (Partial<JobSpec> & { query: string });

async function planOf(query: Query, mode: OutputMode = 'changelog'): Promise<JobPlan> {
  const { query: text, ...more } = typeof query === 'string' ? { query } : query;
  const spec = { ...specOf(text, mode), ...more };
  const compiled = await compileJob(spec, frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

const statefulIds = ({ stages }: JobPlan) =>
  stages.flatMap(({ operators }) => operators.filter(({ state }) => state !== null).map(({ id }) => id));

/** A blob and ten rows of each operator of a plan. */
function storedOf(plan: JobPlan): StoredState {
  const ids = statefulIds(plan);
  const state = ids.map((operatorId) => ({ ...stateBlob(`blob of ${operatorId}`, 3), operatorId, bytes: 1_500 }));
  const stateRows = Object.fromEntries(ids.map((id) => [id, 10]));
  return { state, lastCommit: commitOf(3, { stateRows }) };
}

async function compared(from: Query, to: Query, modes: [OutputMode, OutputMode] = ['changelog', 'changelog']) {
  const [old, now] = [await planOf(from, modes[0]), await planOf(to, modes[1])];
  const stored = storedOf(old);
  const comparison = compareState(stored, old, now);
  return {
    ...comparison,
    lines: stateOutcomeLines(comparison.changes),
    loses: losesState(stored, comparison),
    old,
    now,
  };
}

const BY_COUNTRY = 'SELECT country, count(*) AS n, sum(amount) AS total FROM events WHERE amount > 10 GROUP BY country';
const view = (name: string, query: string) => ({ name, query });
const COUNTS = 'SELECT "user", count(*) AS n FROM events WHERE amount > 1 GROUP BY "user"';

const ALIKE: [what: string, from: Query, to: Query, modes?: [OutputMode, OutputMode]][] = [
  [
    'the list, its order and HAVING',
    BY_COUNTRY,
    `SELECT sum(amount) AS s, count(*) AS c, country FROM events WHERE amount > 10 GROUP BY country HAVING count(*) > 3`,
  ],
  ['the output mode', BY_COUNTRY, BY_COUNTRY, ['changelog', 'update']],
  ['a stateTtl that comes', BY_COUNTRY, { query: BY_COUNTRY, stateTtlMs: 60_000 }],
  ['another stateTtl', { query: BY_COUNTRY, stateTtlMs: 1_000 }, { query: BY_COUNTRY, stateTtlMs: 60_000 }],
  [
    'a stateTtl that comes to a join',
    'SELECT a."user", b.amount FROM events a LEFT JOIN events b ON a."user" = b.country',
    { query: 'SELECT a."user", b.amount FROM events a LEFT JOIN events b ON a."user" = b.country', stateTtlMs: 1_000 },
  ],
  [
    'the order of conditions',
    'SELECT count(*) AS n FROM events WHERE ok AND amount > 1',
    'SELECT count(*) AS n FROM events WHERE amount > 1 AND ok',
  ],
  [
    'a filter that moves into a subquery',
    BY_COUNTRY,
    'SELECT country, count(*) AS n, sum(amount) AS total FROM (SELECT * FROM events WHERE amount > 10) GROUP BY country',
  ],
  [
    'a subquery that becomes a view, whatever it is called',
    `SELECT n, count(*) AS c FROM (${COUNTS}) GROUP BY n`,
    { query: 'SELECT n, count(*) AS c FROM counts GROUP BY n', views: [view('counts', COUNTS)] as never },
  ],
  [
    'a recompute and its limit of output',
    'SELECT country, median(amount) AS m FROM events GROUP BY country',
    'SELECT country, median(amount) + 1 AS m FROM events GROUP BY country',
  ],
  [
    'other conditions over a join',
    'SELECT a.amount, b.score FROM events a JOIN events b USING (country)',
    'SELECT b.score, a.amount + 1 AS x FROM events a JOIN events b USING (country)',
  ],
];
for (const [what, from, to, modes] of ALIKE) {
  test(`kept: ${what}`, async () => {
    const { changes, loses, blobs } = await compared(from, to, modes);
    assert.ok(changes.length > 0);
    assert.deepEqual(new Set(changes.map(({ fate }) => fate)), new Set(['kept']), JSON.stringify(changes));
    assert.deepEqual([loses, blobs], [false, { add: [], remove: [] }]);
  });
}

const SIZE = ': 10 rows, 1.5 kB stored';
const DIFFERENT: [what: string, from: Query, to: Query, lines: string[], modes?: [OutputMode, OutputMode]][] = [
  [
    'another filter below',
    BY_COUNTRY,
    BY_COUNTRY.replace('> 10', '> 20'),
    [
      `lost  aggregate count(*), sum(amount) by country${SIZE}; input changed: no longer filter amount > 10, now filter amount > 20`,
      'new   aggregate count(*), sum(amount) by country; in place of what is lost',
    ],
  ],
  [
    'another key',
    BY_COUNTRY,
    BY_COUNTRY.replaceAll('country', '"user"'),
    [
      `lost  aggregate count(*), sum(amount) by country${SIZE}; key changed from country to "user"`,
      'new   aggregate count(*), sum(amount) by "user"; in place of what is lost',
    ],
  ],
  [
    'other columns',
    BY_COUNTRY,
    BY_COUNTRY.replace('sum(amount)', 'max(amount)'),
    [
      `lost  aggregate count(*), sum(amount) by country${SIZE}; columns changed: no longer sum(amount), now max(amount)`,
      'new   aggregate count(*), max(amount) by country; in place of what is lost',
    ],
  ],
  [
    'one of two goes',
    `SELECT "user" AS k, count(*) AS n FROM events GROUP BY "user" UNION ALL SELECT country, max(quantity) FROM events GROUP BY country`,
    'SELECT "user" AS k, count(*) AS n FROM events GROUP BY "user"',
    [
      `kept  aggregate count(*) by "user"${SIZE}`,
      `lost  aggregate max(quantity) by country${SIZE}; no longer in the query`,
    ],
  ],
  [
    'one comes',
    'SELECT "user", amount FROM events',
    'SELECT "user", sum(amount) AS s FROM events GROUP BY "user"',
    ['new   aggregate sum(amount) by "user"; not in the query before'],
  ],
  [
    'what is fed by a changed one, in a view',
    { query: 'SELECT n, count(*) AS c FROM counts GROUP BY n', views: [view('counts', COUNTS)] as never },
    {
      query: 'SELECT n, count(*) AS c FROM counts GROUP BY n',
      views: [view('counts', COUNTS.replace('> 1', '> 2'))] as never,
    },
    [
      `lost  aggregate count(*) by "user" in view counts${SIZE}; input changed: no longer filter amount > 1, now filter amount > 2`,
      `lost  aggregate count(*) by n${SIZE}; input changed: no longer filter amount > 1, now filter amount > 2`,
      'new   aggregate count(*) by "user" in view counts; in place of what is lost',
      'new   aggregate count(*) by n; in place of what is lost',
    ],
  ],
  [
    'what would take back rows that its reader never had',
    `SELECT n, count(*) AS c FROM (${COUNTS}) GROUP BY n`,
    `SELECT n % 2 AS odd, count(*) AS c FROM (${COUNTS}) GROUP BY odd`,
    [
      `lost  aggregate count(*) by "user"${SIZE}; aggregate count(*) by n % 2, which begins empty, would have to take back rows of it that it never had`,
      `lost  aggregate count(*) by n${SIZE}; key changed from n to n % 2`,
      'new   aggregate count(*) by "user"; in place of what is lost',
      'new   aggregate count(*) by n % 2; in place of what is lost',
    ],
  ],
  [
    'what is kept for the sink',
    'SELECT DISTINCT country, ts FROM events UNION ALL SELECT country, ts FROM events',
    'SELECT DISTINCT country, ts FROM events UNION ALL SELECT country, ts FROM events',
    [`kept  aggregate distinct rows by country, ts${SIZE}`],
    ['changelog', 'append'],
  ],
  [
    'a join',
    'SELECT a.amount, b.score FROM events a JOIN events b USING (country) WHERE b.ok',
    'SELECT a.amount, b.score FROM events a LEFT JOIN events b USING (country) WHERE a.ok',
    [
      'lost  inner join on country = country_1: 20 rows, 3 kB stored; columns changed: no longer inner join, now left join',
      'new   left join on country = country_1; in place of what is lost',
    ],
  ],
];
for (const [what, from, to, lines, modes] of DIFFERENT) {
  test(`not all kept: ${what}`, async () => {
    const { loses, blobs, changes, ...found } = await compared(from, to, modes);
    assert.deepEqual(found.lines, lines);
    assert.equal(
      loses,
      lines.some((line) => !line.startsWith('kept')),
    );
    const lost = changes.filter(({ fate }) => fate === 'lost').map(({ operator }) => operator);
    const gone = statefulIds(found.old).filter((id) => lost.some((one) => id.startsWith(one)));
    assert.deepEqual(blobs, { add: [], remove: gone.map((id) => `blob of ${id}`) });
  });
}

test('a table of changes keeps its rows for all its readers, and has to be read anew for a new one', async () => {
  const [events, raw] = specOf('', 'update').sources;
  const changes = { kind: 'upsert' as const, key: ['user'] };
  const sources = [{ ...events!, changes, watermark: null }, raw!];
  const read = (query: string) => ({ query, sources });
  const counts = 'SELECT country, count(*) AS n FROM events GROUP BY country';
  const same = await compared(read(counts), read(`${counts} HAVING count(*) > 1`));
  assert.deepEqual(same.lines, [
    `kept  newest row of each user of events${SIZE}`,
    `kept  aggregate count(*) by country${SIZE}`,
  ]);
  const other = await compared(read(counts), read(counts.replace('GROUP', 'WHERE country IS NOT NULL GROUP')));
  assert.deepEqual(other.lines, [
    `lost  newest row of each user of events${SIZE}; aggregate count(*) by country, which begins empty, would have to take back rows of it that it never had`,
    `lost  aggregate count(*) by country${SIZE}; input changed: now filter country IS NOT NULL`,
    'new   newest row of each user of events; in place of what is lost',
    'new   aggregate count(*) by country; in place of what is lost',
  ]);
});

test('outputs come and go without the state of others', async () => {
  const [only] = specOf('', 'changelog').outputs as [OutputSpec];
  const counted = (of: string) => ({
    ...only,
    name: of,
    query: `SELECT ${of}, count(*) AS n FROM events GROUP BY ${of}`,
  });
  const result: OutputSpec = {
    ...only,
    name: 'held',
    query: 'SELECT a.amount FROM events a LEFT JOIN events b USING (country)',
    outputMode: 'complete',
  };
  const job = (...outputs: OutputSpec[]) => ({ query: '', outputs });
  const { lines } = await compared(job(counted('country'), counted('quantity')), job(result, counted('quantity')));
  assert.deepEqual(lines, [
    `kept  aggregate count(*) by quantity in output quantity${SIZE}`,
    `lost  aggregate count(*) by country in output country${SIZE}; no longer in the query`,
    'new   left join on country = country_1 in output held; not in the query before',
    'new   whole result in output held; not in the query before',
  ]);
});

test('equal operators over other rows are told apart: when they change places their state does too', async () => {
  const half = (ok: string) => `SELECT '${ok}' AS half, count(*) AS n FROM events WHERE ${ok}`;
  const swapped = await compared(
    `${half('ok')} UNION ALL ${half('NOT ok')}`,
    `${half('NOT ok')} UNION ALL ${half('ok')}`,
  );
  assert.deepEqual(new Set(swapped.changes.map(({ fate }) => fate)), new Set(['kept']));
  const [first, second] = statefulIds(swapped.old) as [string, string];
  assert.deepEqual(statefulIds(swapped.now), [first, second]);
  assert.deepEqual(
    swapped.blobs.add.map(({ name, operatorId }) => [name, operatorId]),
    [
      [`blob of ${second}`, first],
      [`blob of ${first}`, second],
    ],
  );
  assert.deepEqual(swapped.blobs.remove, []);
});

test('state of a plan that is known no more is kept by the names of its operators alone', async () => {
  const join = await planOf('SELECT a.amount FROM events a JOIN events b USING (country)');
  assert.equal(statefulIds(join).length, 2);
  assert.deepEqual(
    compareState(storedOf(join), null, join).changes.map(({ fate, rows }) => [fate, rows]),
    [['kept', 20]],
  );
  const now = await planOf(BY_COUNTRY);
  const stored = storedOf(now);
  assert.deepEqual(
    compareState(stored, null, now).changes.map(({ fate, title }) => [fate, title]),
    [['kept', 'aggregate count(*), sum(amount) by country']],
  );
  const older = { ...stored, state: stored.state.map((blob) => ({ ...blob, operatorId: 'older' })) };
  const { changes, blobs } = compareState(older, now, now);
  assert.deepEqual(
    changes.map(({ fate, operator }) => [fate, operator]),
    [
      ['lost', 'older'],
      ['new', statefulIds(now)[0]],
    ],
  );
  assert.deepEqual(
    blobs.remove,
    older.state.map(({ name }) => name),
  );
});

test('a plan without notes, as older versions wrote them, is compared by ids', async () => {
  const now = await planOf(BY_COUNTRY);
  const { notes: _, ...bare } = now;
  assert.deepEqual(
    compareState(storedOf(now), bare, now).changes.map(({ fate }) => fate),
    ['kept'],
  );
});

test('before its first commit a job has nothing to lose', async () => {
  const [old, now] = [await planOf(BY_COUNTRY), await planOf('SELECT DISTINCT country FROM events')];
  const stored: StoredState = { state: [], lastCommit: null as CommitEntry | null };
  const comparison = compareState(stored, old, now);
  assert.deepEqual([comparison.changes.map(({ fate }) => fate), losesState(stored, comparison)], [['new'], false]);
});
