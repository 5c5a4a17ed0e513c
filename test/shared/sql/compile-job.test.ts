import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import type { OutputMode } from '@millrace/shared/spec';
import { compileJob, explainPlan, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

async function compile(query: string, mode: OutputMode): Promise<JobPlan> {
  const compiled = await compileJob(specOf(query, mode), frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

const stateOf = (plan: JobPlan) => plan.stages.at(-1)!.operators[0]!;
const WINDOWED = `SELECT "user", window_start, count(*) AS n FROM tumble(events, ts, INTERVAL '10 seconds') GROUP BY ALL`;

test('a windowed count compiles to a partial aggregate, a shuffle and an aggregate with state', async () => {
  const plan = await compile(WINDOWED, 'update');
  const [map, reduce] = plan.stages;
  const [partial] = map!.operators;
  const [aggregate] = reduce!.operators;
  assert.deepEqual(partial!.statements, [
    `CREATE OR REPLACE TEMP TABLE "${partial!.id}_output" AS
SELECT *, (hash("user", "window_start") % 128)::UTINYINT AS "__partition"
FROM (SELECT "user" AS "user", window_start AS "window_start", count(*) AS "count_rows", max("ts") AS "__event_time" FROM (SELECT "user", "ts", "window_start", (window_start + CAST('10 seconds' AS INTERVAL)) AS "window_end" FROM (SELECT "user", "ts", time_bucket(CAST('10 seconds' AS INTERVAL), ts) AS "window_start" FROM "s0_input")) GROUP BY 1, 2)`,
  ]);
  assert.deepEqual(map!.inputs[0], {
    ...{ kind: 'source', source: 'events', relation: 's0_input', readOnce: true },
    eventTimeSql: `SELECT max("__event_time") FROM "${partial!.id}_output"`,
  });
  assert.deepEqual(reduce!.inputs[0], {
    kind: 'shuffle',
    shuffles: [`${partial!.id}_output`],
    relation: `${aggregate!.id}_input`,
    columns: [
      { name: 'user', type: 'VARCHAR' },
      { name: 'window_start', type: 'TIMESTAMP' },
      { name: 'count_rows', type: 'BIGINT' },
    ],
  });
  assert.equal(aggregate!.statements.length, 1);
  assert.equal(
    aggregate!.state!.evict?.sql,
    `DELETE FROM "${aggregate!.id}_state" WHERE "window_start" <= CAST(getvariable('previous_watermark') AS TIMESTAMP) - INTERVAL '10 seconds'`,
  );
  assert.deepEqual(plan.output, {
    columns: [
      { name: 'user', type: 'VARCHAR' },
      { name: 'window_start', type: 'TIMESTAMP' },
      { name: 'n', type: 'BIGINT' },
    ],
    keyColumns: ['user', 'window_start'],
    mode: 'update',
  });
  assert.deepEqual(plan.warnings, ['The query does not read the source raw_events.']);
});

test('equal queries have equal plans, and another query another hash', async () => {
  const plan = await compile(WINDOWED, 'update');
  assert.deepEqual(await compile(WINDOWED, 'update'), plan);
  assert.notEqual((await compile(WINDOWED, 'append')).hash, plan.hash);
});

for (const [what, query, same] of [
  ['HAVING', `${WINDOWED} HAVING count(*) > 2`, true],
  ['another list', WINDOWED.replace('count(*) AS n', 'count(*) * 2 AS twice, window_end'), true],
  ['a WHERE', WINDOWED.replace('GROUP', 'WHERE ok GROUP'), true],
  ['another alias and order', WINDOWED.replace('"user", window_start', 'window_start AS w, "user" AS u'), true],
  ['another key', WINDOWED.replace('"user"', 'country'), false],
  ['another size', WINDOWED.replace('10 s', '20 s'), false],
  ['another aggregate', WINDOWED.replace('count(*) AS n', 'count(*) AS n, sum(amount) AS s'), false],
] as const) {
  test(`${what} ${same ? 'keeps' : 'starts'} ${same ? 'the' : 'a new'} state`, async () => {
    const before = stateOf(await compile(WINDOWED, 'update'));
    const after = stateOf(await compile(query, 'update'));
    assert.equal(after.id === before.id, same);
    if (same) assert.deepEqual(after.state!.columns, before.state!.columns);
  });
}

for (const [query, columns, metadata] of [
  ['SELECT "user" FROM events', ['user'], []],
  ['SELECT count(*) AS n FROM events GROUP BY country', ['country', 'ts'], []],
  ['SELECT E.AMOUNT FROM events e WHERE ok', ['amount', 'ok'], []],
  ['SELECT place.city, _offset, _partition FROM events', ['place'], ['_partition', '_offset']],
  ['SELECT key FROM raw_events', [], ['key']],
  ['SELECT 1 AS one FROM raw_events', [], ['offset']],
  ['SELECT * FROM raw_events', [], ['key', 'value', 'headers', 'topic', 'partition', 'offset', 'timestamp']],
] as const) {
  test(`${query} reads only what it needs`, async () => {
    const [source] = (await compile(query, query.includes('GROUP') ? 'complete' : 'append')).sources;
    assert.deepEqual(
      source!.columns.map(({ name }) => name),
      columns,
    );
    assert.deepEqual(
      source!.metadata.map(({ name }) => name),
      metadata,
    );
  });
}

test('* leaves Kafka metadata out, beside a metadata column that is named', async () => {
  const plan = await compile('SELECT *, _offset AS o FROM events WHERE _partition = 0', 'append');
  assert.deepEqual(plan.output.columns.map(({ name }) => name).slice(-2), ['place', 'o']);
  assert.equal(plan.output.columns.length, 11);
});

test('epoch columns are read as numbers and made timestamps', async () => {
  const [source] = (await compile('SELECT ts FROM events', 'append')).sources;
  const ts = { name: 'ts', type: 'TIMESTAMP', jsonType: 'BIGINT', expression: 'make_timestamp_ms("ts")' };
  assert.deepEqual(source!.columns, [ts]);
  assert.equal(source!.eventTimeColumn, null, 'nothing of a query without groups waits for the watermark');
});

test('the present moment is the time of the batch, with the type DuckDB gives it', async () => {
  const plan = await compile(
    'SELECT now(), current_date, today() AS t, current_time, localtime, localtimestamp FROM events',
    'append',
  );
  assert.deepEqual(
    plan.output.columns.map(({ type }) => type),
    ['TIMESTAMP WITH TIME ZONE', 'DATE', 'DATE', 'TIME WITH TIME ZONE', 'TIME', 'TIMESTAMP'],
  );
  const [output] = plan.stages[0]!.outputs;
  assert.ok(output?.kind === 'sink');
  assert.equal(output.sql.match(/getvariable\('batch_time'\)/g)!.length, 6);
});

test('an empty query is refused', async () => {
  const compiled = await compileJob(specOf(' -- nothing', 'append'), frontend);
  assert.deepEqual(compiled, {
    ok: false,
    problems: [
      {
        path: 'query',
        message: 'The query is empty.',
        hint: 'A query is one SELECT; name several under outputs.',
        line: null,
        column: null,
      },
    ],
  });
});

test('state that never ends is warned about', async () => {
  const plan = await compile('SELECT country, count(*) AS n FROM events GROUP BY country', 'update');
  assert.match(plan.warnings[0]!, /State grows with every new value of country and never ends/);
});

test('explain names stages, operators, state and what ends it', async () => {
  const text = explainPlan(await compile(WINDOWED, 'update'));
  for (const part of [
    'Source events: reads user VARCHAR, ts TIMESTAMP; event time ts',
    'Stage s0: source events → shuffle by hash of the keys to s1',
    'Stage s1: shuffle from s0 → sink',
    'state: key user, window_start; count_rows BIGINT',
    'state ends by DELETE FROM',
    'count lateRows: SELECT',
    'Output: update, key user, window_start: user VARCHAR, window_start TIMESTAMP, n BIGINT',
  ]) {
    assert.ok(text.includes(part), `${part}\nis missing in\n${text}`);
  }
});

test('the event time of all records is known from the groups only when every record is in one', async () => {
  const eventTimeSql = async (query: string) => {
    const [input] = (await compile(query, 'update')).stages[0]!.inputs;
    return input?.kind === 'source' ? input.eventTimeSql : '';
  };
  assert.notEqual(await eventTimeSql(WINDOWED), null);
  assert.equal(await eventTimeSql(WINDOWED.replace('GROUP', 'WHERE ok GROUP')), null);
  const unnested = 'SELECT tag, count(*) AS n FROM events, unnest([country]) AS t(tag) GROUP BY tag';
  assert.equal(await eventTimeSql(unnested), null);
});
