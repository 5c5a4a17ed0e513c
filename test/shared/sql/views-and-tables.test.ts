import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isEmbedded, type JobPlan } from '@millrace/shared/plan';
import type { JobSpec, OutputMode } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

type More = { mode?: OutputMode; views?: Record<string, string>; csv?: string };

const CSV = 'user,level\na,1\nb,\n';

function specWith(query: string, { mode = 'changelog', views = {}, csv = CSV }: More): JobSpec {
  const columns = [
    { name: 'user', type: 'VARCHAR', encoding: 'plain' as const },
    { name: 'level', type: 'BIGINT', encoding: 'plain' as const },
  ];
  return {
    ...specOf(query, mode),
    tables: [{ name: 'users', columns, format: 'csv', text: csv }],
    views: Object.entries(views).map(([name, text]) => ({ name, query: text })),
  };
}

async function planOf(query: string, more: More = {}): Promise<JobPlan> {
  const compiled = await compileJob(specWith(query, more), frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

async function told(query: string, more: More = {}): Promise<string[]> {
  const compiled = await compileJob(specWith(query, more), frontend);
  assert.ok(!compiled.ok, 'it compiles');
  return compiled.problems.map(({ path, line, column, message }) => `${path} ${line}:${column} ${message}`);
}

test('an error in a view is told with its place there, the first of them', async () => {
  const views = { a: 'SELECT "user", amount FROM events', b: 'SELECT "user",\n  amout FROM a', c: 'SELECT x FROM b' };
  assert.deepEqual(await told('SELECT y FROM c', { views }), ['views.b 2:3 There is no column "amout".']);
  const syntax = { a: 'SELECT 1 FROM', b: 'SELECT 1; SELECT 2' };
  assert.deepEqual(await told('SELECT * FROM a', { views: syntax }), [
    'views.a 1:14 syntax error at end of input.',
    'views.b null:null The query has 2 statements.',
  ]);
});

test('what a view must not do is told once, however often it is read', async () => {
  const views = { a: 'SELECT random() AS r FROM events', b: 'SELECT * FROM a UNION ALL SELECT * FROM a' };
  assert.deepEqual(await told('SELECT * FROM a, b', { views }), ['views.a 1:8 The function random is not supported.']);
});

test('a place in the query is in the query, though a view stands in it', async () => {
  const views = { a: 'SELECT "user" FROM events' };
  assert.deepEqual(await told('SELECT amount FROM events WHERE "user" > ANY (SELECT "user" FROM a)', { views }), [
    'query 1:33 ANY and ALL are not supported.',
  ]);
});

test('views read what is above them', async () => {
  const views = { a: 'SELECT * FROM b', b: 'SELECT * FROM b' };
  assert.deepEqual(await told('SELECT * FROM b', { views }), [
    'views.a 1:15 The view "b" is defined further down.',
    'views.b 1:15 The view "b" reads itself.',
  ]);
});

test('a view that nobody reads is checked, and warned of', async () => {
  const plan = await planOf('SELECT "user" FROM events', { views: { a: 'SELECT "user" FROM users' } });
  assert.ok(plan.warnings.includes('The query does not read the view a.'));
  assert.ok(plan.warnings.includes('The query does not read the table users.'));
  assert.deepEqual(plan.tables, []);
  const views = { a: 'SELECT no FROM users' };
  assert.deepEqual(await told('SELECT "user" FROM events', { views }), ['views.a 1:8 There is no column "no".']);
});

test('a view that is read twice is computed once, and is the same as WITH', async () => {
  const view = 'SELECT "user", count(*) AS n FROM events GROUP BY "user"';
  const query = 'SELECT x."user" FROM a x JOIN a y ON x."user" = y."user"';
  const plan = await planOf(query, { views: { a: view } });
  assert.equal(plan.stages.flatMap(({ operators }) => operators).filter(({ kind }) => kind === 'aggregate').length, 1);
  assert.equal(plan.hash, (await planOf(`WITH a AS (${view}) ${query}`)).hash);
});

test('a join with a table has no state, and keeps what makes output final', async () => {
  const joined = 'SELECT e."user", u.level FROM events e JOIN users u USING ("user")';
  const plan = await planOf(joined, { mode: 'append' });
  assert.deepEqual(
    plan.stages.map(({ operators, inputs }) => [operators.length, inputs[0]!.kind]),
    [[0, 'source']],
  );
  const windowed = `SELECT window_end, level, count(*) AS n
    FROM tumble((${joined.replace('e."user"', 'e.ts')}), ts, INTERVAL '1 minute') GROUP BY ALL`;
  const closing = await planOf(windowed, { mode: 'append' });
  assert.ok(closing.stages.flatMap(({ operators }) => operators).some(({ state }) => state?.evict));
  const [table] = plan.tables;
  assert.ok(table && isEmbedded(table));
  assert.equal(table.text, CSV);
  assert.notEqual(plan.hash, (await planOf(joined, { mode: 'append', csv: `${CSV}c,3\n` })).hash);
});

test('state over a join with a table belongs to its rows where rows may be taken back, else it goes on', async () => {
  const stateOf = async (query: string, csv: string) =>
    (await planOf(query, { csv })).stages
      .flatMap(({ operators }) => operators.filter(({ state }) => state))
      .map(({ id }) => id);
  const other = 'user,level\na,5\n';
  const grows = 'SELECT level, count(*) AS n FROM events JOIN users USING ("user") GROUP BY level';
  assert.deepEqual(await stateOf(grows, other), await stateOf(grows, CSV));
  const changes = `SELECT level, sum(n) AS n FROM (SELECT "user", count(*) AS n FROM events GROUP BY "user") JOIN users USING ("user") GROUP BY level`;
  const [inner, outer] = await stateOf(changes, CSV);
  const [same, another] = await stateOf(changes, other);
  assert.equal(inner, same);
  assert.notEqual(outer, another);
});

test('what is not computed of tables is refused by name', async () => {
  const first = async (query: string) => (await told(query))[0];
  assert.equal(await first('SELECT * FROM users'), 'query null:null The query reads no source, only the table users.');
  for (const [query, what] of [
    [
      'SELECT "user" FROM events UNION ALL SELECT "user" FROM users',
      'UNION, INTERSECT and EXCEPT of a stream and the table users',
    ],
    ['SELECT "user" FROM users EXCEPT SELECT "user" FROM events', 'of a stream and the table users'],
    ['SELECT u.level FROM users u LEFT JOIN events e USING ("user")', 'A left join that keeps rows of the table users'],
    ['SELECT u.level FROM events e FULL JOIN users u USING ("user")', 'A full join that keeps rows of the table users'],
    ['SELECT level FROM users WHERE "user" IN (SELECT "user" FROM events)', 'A semi join that keeps rows of'],
    [
      'SELECT e."user" FROM events e JOIN (SELECT * FROM users WHERE now() > TIMESTAMP \'2024-01-01\') u USING ("user")',
      'The present moment is not supported over a table',
    ],
    ['SELECT * FROM user', 'There is no relation named "user"'],
  ] as const)
    assert.ok((await first(query))?.includes(what), `${query}: ${await first(query)}`);
});

test('rows that are not as declared are told by their line, without what they hold', async () => {
  const query = 'SELECT level FROM events JOIN users USING ("user")';
  for (const [csv, expected] of [
    ['user,level\na,1\nsecret,secret\n', '3:1 Line 3 of the table users has no BIGINT in the column "level".'],
    ['user,level\na,1,2\n', '2:1 Line 2 of the table users has 3 values, not 2.'],
    ['user\na\n', '1:1 The header of the table users has no column "level".'],
    ['user,level,user\n', '1:1 The header of the table users names "user" twice.'],
    ['user,level\n"a,1\n', '2:1 Line 2 of the table users is not as the columns say.'],
  ] as const)
    assert.deepEqual(await told(query, { csv }), [`tables.users.csv ${expected}`]);
});

test('a declared key tells rows apart, which is checked, and rows of a join can be updated by it', async () => {
  const counted = `SELECT u.level, c."user", c.n FROM (SELECT "user", count(*) AS n FROM events GROUP BY "user") c
    JOIN users u ON c."user" = u."user"`;
  assert.match((await told(counted, { mode: 'update' }))[0]!, /outputMode update is not possible/);
  const keyed = (csv: string) => {
    const spec = specWith(counted, { mode: 'update', csv });
    return compileJob({ ...spec, tables: spec.tables.map((table) => ({ ...table, key: ['user'] })) }, frontend);
  };
  const compiled = await keyed(CSV);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  assert.deepEqual(compiled.plan.output.keyColumns, ['user']);
  const twice = await keyed('user,level\na,1\nb,2\na,3\n');
  assert.ok(!twice.ok);
  assert.equal(twice.problems[0]!.message, 'The table users has 1 value of its key user in more than one row.');
});
