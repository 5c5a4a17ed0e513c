import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type JobPlan, type Stage, shuffleOutputsOf, sinkOutputsOf, sourceInputOf } from '@millrace/shared/plan';
import type { OutputMode, OutputSpec, SinkSpec, ViewSpec } from '@millrace/shared/spec';
import {
  compileJob,
  dotPlan,
  explainPlan,
  mermaidPlan,
  openDuckDbFrontend,
  type SqlFrontend,
} from '@millrace/shared/sql';
import { type Differential, type DifferentialOutput, runDifferential, specFor } from './differential.ts';
import { SMALL_RELATIONS, SMALL_ROWS, SMALL_TABLES } from './small-relations.ts';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
let folder: string;
before(async () => {
  frontend = await openDuckDbFrontend();
  folder = await mkdtemp(join(tmpdir(), 'millrace-outputs-'));
});
after(async () => {
  frontend.close();
  await rm(folder, { recursive: true });
});

type Written = Record<string, string | { query: string; mode?: OutputMode; sink?: SinkSpec }>;

/** Changelog into nowhere unless it says otherwise. */
function outputsFrom(written: Written): OutputSpec[] {
  return Object.entries(written).map(([name, one]) => {
    const { query, mode = 'changelog', sink = { type: 'noop' } } = typeof one === 'string' ? { query: one } : one;
    return { name, query, sink, outputMode: mode };
  });
}

const viewsFrom = (views: Record<string, string>): ViewSpec[] =>
  Object.entries(views).map(([name, query]) => ({ name, query }));

const compile = (views: Record<string, string>, written: Written) =>
  compileJob({ ...specOf('', 'append'), views: viewsFrom(views), outputs: outputsFrom(written) }, frontend);

async function planOf(views: Record<string, string>, written: Written): Promise<JobPlan> {
  const compiled = await compile(views, written);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

async function planOfOne(query: string, mode: OutputMode = 'changelog', views: Record<string, string> = {}) {
  const compiled = await compileJob({ ...specOf(query, mode), views: viewsFrom(views) }, frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

const stateIds = ({ stages }: JobPlan): string[] =>
  stages.flatMap(({ operators }) => operators.flatMap(({ id, state }) => (state ? [id] : []))).sort();

const sinksOf = ({ stages }: JobPlan) => stages.map((stage) => sinkOutputsOf(stage).map(({ output }) => output));

const TOTALS = 'SELECT country, count(*) AS n, sum(amount) AS total FROM events GROUP BY country';
const BY_COUNTRY = { totals: TOTALS };

test('a view that two outputs read is read, shuffled, kept and computed once', async () => {
  const plan = await planOf(BY_COUNTRY, {
    alerts: 'SELECT country, total FROM totals WHERE total > 100',
    counts: 'SELECT country, n FROM totals',
  });
  assert.deepEqual(sinksOf(plan), [[], ['alerts', 'counts']]);
  assert.deepEqual(stateIds(plan), stateIds(await planOfOne(TOTALS)), 'the state is that of the view alone');
  assert.equal(plan.stages.flatMap(shuffleOutputsOf).length, 1);
  const [merge] = plan.stages[1]!.operators;
  assert.doesNotMatch(JSON.stringify(merge), /100/, 'a filter of one output is none of the view');
  assert.deepEqual(
    plan.sources[0]!.columns.map(({ name }) => name),
    ['country', 'amount', 'ts'],
    'what either reads',
  );
});

test('two outputs that read one source read it once, each with a filter of its own', async () => {
  const plan = await planOf(
    {},
    {
      large: 'SELECT "user", amount FROM events WHERE amount > 100',
      small: 'SELECT "user", quantity FROM events WHERE amount < 10',
    },
  );
  assert.deepEqual(sinksOf(plan), [['large', 'small']]);
  assert.deepEqual(
    plan.sources.map(({ columns }) => columns.map(({ name }) => name)),
    [['user', 'amount', 'quantity']],
  );
  const reads = (stage: Stage) =>
    sinkOutputsOf(stage).map(({ sql }) => sql.split(sourceInputOf(stage)!.relation).length - 1);
  assert.deepEqual(plan.stages.map(reads), [[1, 1]]);
  assert.equal(sourceInputOf(plan.stages[0]!)!.readOnce, false, 'a view over the records would parse them twice');
});

test('outputs have columns, keys and modes of their own', async () => {
  const plan = await planOf(BY_COUNTRY, {
    alerts: { query: 'SELECT country, total FROM totals', mode: 'update' },
    archive: { query: 'SELECT "user" FROM events', mode: 'append' },
  });
  assert.deepEqual(
    plan.outputs!.map(({ name, mode, keyColumns, columns }) => [
      name,
      mode,
      keyColumns,
      columns.map((one) => one.name),
    ]),
    [
      ['alerts', 'update', ['country'], ['country', 'total']],
      ['archive', 'append', [], ['user']],
    ],
  );
});

test('a lone output called output is the plan of a job with one', async () => {
  const query = 'SELECT country, n FROM totals WHERE n > 3';
  const lone = await planOf({}, { output: TOTALS });
  assert.deepEqual(lone, await planOfOne(TOTALS));
  const withView = await planOf(BY_COUNTRY, { output: query });
  assert.deepEqual(stateIds(withView), stateIds(await planOfOne(query, 'changelog', BY_COUNTRY)));
});

const SAME_GROUPS = 'SELECT country, sum(amount) AS total FROM events WHERE ok GROUP BY country';
const OTHER_GROUPS = 'SELECT country, sum(amount) AS total FROM events WHERE NOT ok GROUP BY country';

/** What is kept for `name` in the job of these outputs: what is there with it and not without. */
async function ownedBy(name: string, views: Record<string, string>, written: Written): Promise<string[]> {
  const { [name]: _, ...others } = written;
  const without = stateIds(await planOf(views, others));
  return stateIds(await planOf(views, written)).filter((id) => !without.includes(id));
}

test('operators keep their ids whichever outputs come and go', async () => {
  const written = { a: SAME_GROUPS, b: OTHER_GROUPS, c: { query: TOTALS, mode: 'complete' as const } };
  const { a, b, c } = written;
  const ids = stateIds(await planOf({}, written));
  assert.equal(new Set(ids).size, 3, 'equal ones of different outputs are told apart');
  const alone = await Promise.all(Object.entries(written).map(([name, one]) => planOf({}, { [name]: one })));
  assert.deepEqual(alone.flatMap(stateIds).sort(), ids);
  assert.deepEqual(stateIds(await planOf({}, { c, b, a })), ids, 'nor does their order matter');
  for (const name of ['a', 'b', 'c']) assert.equal((await ownedBy(name, {}, written)).length, 1);
});

test('state goes on when the query of a job becomes a view or an output', async () => {
  const before = stateIds(await planOfOne(TOTALS, 'update'));
  const view = await planOf(BY_COUNTRY, { x: 'SELECT country, n, total FROM totals', y: 'SELECT n FROM totals' });
  assert.deepEqual(stateIds(view), before);
  const output = await planOf({}, { output: { query: TOTALS, mode: 'update' }, x: 'SELECT "user" FROM events' });
  assert.deepEqual(stateIds(output), before);
});

test('equal operators of two views never take the state of each other', async () => {
  const views = { yes: SAME_GROUPS, no: OTHER_GROUPS };
  const [fromYes, fromNo] = ['SELECT * FROM yes', 'SELECT * FROM no'];
  const both = stateIds(await planOf(views, { a: fromYes, b: fromNo }));
  assert.equal(new Set(both).size, 2);
  assert.deepEqual(stateIds(await planOf(views, { b: fromNo, a: fromYes })), both);
  // Each alone has the id of a job with one output: refused by a restart, as it is in neither of those two.
  const alone = stateIds(await planOf(views, { a: fromYes }));
  assert.deepEqual(alone, stateIds(await planOfOne(SAME_GROUPS)));
  assert.ok(!both.includes(alone[0]!));
});

test('a view is kept as it stands, whoever reads it', async () => {
  const views = { pairs: 'SELECT l."user", r.country FROM events l JOIN events r ON l."user" = r.country' };
  const filtered = `SELECT * FROM pairs WHERE country = 'DE'`;
  const one = await planOf(views, { a: filtered });
  const two = await planOf(views, { a: filtered, b: 'SELECT * FROM pairs' });
  assert.deepEqual(stateIds(one), stateIds(two));
});

test('append holds back for each output on its own', async () => {
  const windows = {
    w: `SELECT window_start, count(*) AS n FROM tumble(events, ts, INTERVAL '1 minute') GROUP BY window_start`,
  };
  const plan = await planOf(windows, {
    a: { query: 'SELECT window_start, n FROM w', mode: 'append' },
    b: { query: 'SELECT window_start, n FROM w WHERE n > 1', mode: 'append' },
    c: { query: 'SELECT window_start, n FROM w', mode: 'changelog' },
  });
  const kinds = plan.stages.flatMap(({ operators }) => operators.flatMap(({ kind, state }) => (state ? [kind] : [])));
  assert.deepEqual(kinds.sort(), ['aggregate', 'hold', 'hold']);
  assert.equal(new Set(stateIds(plan)).size, 3);
});

const connection = { brokers: ['127.0.0.1:9092'], ssl: false, sasl: null };
const keyed = (keyColumns: string[]): SinkSpec => ({
  ...{ type: 'kafka', connection, topic: 'out', keyColumns, headers: {}, compression: 'none' },
  delivery: { kind: 'atLeastOnce' },
});

test('what is wrong is told of every output, at its place', async () => {
  const compiled = await compile(BY_COUNTRY, {
    a: 'SELECT nothing FROM totals',
    b: { query: 'SELECT n FROM totals', mode: 'update' },
    c: { query: 'SELECT "user" FROM events', mode: 'append', sink: keyed(['usr']) },
    d: 'SELECT 1 AS x, 2 AS x FROM events',
  });
  const told = compiled.ok ? [] : compiled.problems.map(({ path, message }) => `${path}: ${message}`);
  assert.deepEqual(told, [
    'outputs.a.query: There is no column "nothing".',
    'outputs.d.query: Two output columns are named "x".',
  ]);
  const later = await compile(BY_COUNTRY, {
    b: { query: 'SELECT n FROM totals', mode: 'update' },
    c: { query: 'SELECT n, total FROM totals', mode: 'append' },
  });
  assert.deepEqual(later.ok ? [] : later.problems.map(({ path }) => path), [
    'outputs.b.outputMode',
    'outputs.c.outputMode',
  ]);
  const sinks = await compile(BY_COUNTRY, {
    b: { query: 'SELECT "user" FROM events', mode: 'append', sink: keyed(['usr']) },
    c: { query: 'SELECT country, n FROM totals WHERE n > 1', mode: 'update', sink: keyed([]) },
  });
  assert.deepEqual(sinks.ok ? [] : sinks.problems.map(({ path }) => path), ['outputs.b.sink.key', 'outputs.c.sink']);
});

test('groups that only grow go into files, whoever else reads them', async () => {
  const file = (path: string): SinkSpec => ({ type: 'file', path, format: 'ndjson', partitionBy: [] });
  const plan = await planOf(BY_COUNTRY, {
    a: { query: 'SELECT country, n FROM totals', mode: 'update', sink: file('/a') },
    b: { query: 'SELECT country, total FROM totals', mode: 'update', sink: file('/b') },
  });
  assert.deepEqual(sinksOf(plan), [[], ['a', 'b']]);
});

test('what no query reads is warned of once', async () => {
  const plan = await planOf(
    { ...BY_COUNTRY, unread: 'SELECT * FROM events' },
    { a: 'SELECT n FROM totals', b: 'SELECT n FROM totals' },
  );
  assert.deepEqual(
    plan.warnings.filter((warning) => /^No query/.test(warning)),
    ['No query reads the source raw_events.', 'No query reads the view unread.'],
  );
  assert.equal(plan.warnings.filter((warning) => /^State grows/.test(warning)).length, 1);
});

test('explain shows every output', async () => {
  const plan = await planOf(BY_COUNTRY, { alerts: 'SELECT country FROM totals', counts: 'SELECT n FROM totals' });
  const text = explainPlan(plan);
  for (const line of [
    /→ sink alerts, sink counts/,
    /output SQL of alerts:/,
    /^Output alerts: changelog: country/m,
    /^Output counts: /m,
  ])
    assert.match(text, line);
  const [mermaid, dot] = [mermaidPlan(plan), dotPlan(plan)];
  for (const name of ['alerts', 'counts']) {
    assert.match(mermaid, new RegExp(`shared_\\w+ --> sink_${name}`));
    assert.match(dot, new RegExp(`shared_\\w+ -> sink_${name};`));
  }
});

type Case = DifferentialOutput & Pick<Differential, 'others' | 'views' | 'late'> & { what: string };

const view = (name: string, query: string): ViewSpec[] => [{ name, query }];
const changelog = (query: string): DifferentialOutput => ({ query, mode: 'changelog' });
const WINDOW = "time_bucket(INTERVAL '10 seconds', ts, TIMESTAMP '1970-01-01')";
const LATE = `${WINDOW} + INTERVAL '10 seconds' <= watermark`;
const WINDOWS_TRUTH = `SELECT ${WINDOW} AS s, count(*) AS n, sum(x) AS x FROM a GROUP BY s`;

const CASES: Case[] = [
  {
    what: 'groups of a view in all modes that they have',
    views: view('v', 'SELECT g, count(*) AS n, sum(x) AS total FROM a GROUP BY g'),
    ...{ query: 'SELECT g, n FROM v', mode: 'update' },
    others: {
      alerts: { query: 'SELECT g, total FROM v WHERE total > 20', mode: 'update' },
      whole: { query: 'SELECT g, total, n FROM v', mode: 'complete' },
      changes: changelog('SELECT n, count(*) AS groups FROM v GROUP BY n'),
      rows: { query: 'SELECT id, g FROM a WHERE x > 5', mode: 'append' },
    },
  },
  {
    what: 'closed windows and changing ones',
    views: view(
      'v',
      `SELECT window_start AS s, count(*) AS n, sum(x) AS x FROM tumble(a, ts, INTERVAL '10 seconds') GROUP BY s`,
    ),
    ...{ query: 'SELECT s, n FROM v', mode: 'append' },
    truth: `SELECT s, n FROM (${WINDOWS_TRUTH}) WHERE s + INTERVAL '10 seconds' <= $watermark`,
    late: LATE,
    others: {
      sums: {
        query: 'SELECT s, x FROM v WHERE x > 3',
        mode: 'append',
        truth: `SELECT s, x FROM (${WINDOWS_TRUTH}) WHERE x > 3 AND s + INTERVAL '10 seconds' <= $watermark`,
      },
      now: { query: 'SELECT s, n, x FROM v', mode: 'update', truth: WINDOWS_TRUTH },
    },
  },
  {
    what: 'a join, its rows and its groups',
    views: [
      ...view('v', 'SELECT a.id, a.g, b.y FROM a JOIN b ON a.k = b.k'),
      ...view('w', 'SELECT g, count(*) AS n FROM v GROUP BY g'),
    ],
    ...changelog('SELECT id, y FROM v WHERE y > 0'),
    others: {
      groups: { query: 'SELECT g, n FROM w', mode: 'update' },
      joined: changelog('SELECT v.id, w.n FROM v JOIN w ON v.g = w.g WHERE v.y < 0'),
    },
  },
  {
    what: 'the first rows of each key, and what is left of them',
    views: view(
      'v',
      'SELECT id, g, x FROM a QUALIFY row_number() OVER (PARTITION BY g ORDER BY x DESC NULLS LAST, id) <= 3',
    ),
    ...changelog('SELECT g, x FROM v'),
    others: {
      best: changelog('SELECT g, max(x) AS best FROM v GROUP BY g'),
      tables: changelog('SELECT v.id, u.w FROM v JOIN u ON v.g = u.g'),
    },
  },
  {
    what: 'the same query twice',
    ...changelog('SELECT g, median(x) AS m FROM a GROUP BY g'),
    others: {
      again: changelog('SELECT g, median(x) AS m FROM a GROUP BY g'),
      filtered: changelog('SELECT g, median(x) AS m FROM a WHERE k > 1 GROUP BY g'),
    },
  },
];

for (const [index, { what, ...one }] of CASES.entries()) {
  test(`after every batch every output is DuckDB's answer: ${what}`, async () => {
    const differential = { relations: SMALL_RELATIONS, tables: SMALL_TABLES, ...one };
    const compiled = await compileJob(specFor(differential), frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    for (const seed of [1, 2, 3])
      await runDifferential(differential, compiled.plan, {
        seed,
        slices: 1 + ((seed + index) % 3),
        folder,
        rows: SMALL_ROWS,
      });
  });
}
