import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import { specOf } from '../../shared/sql/spec-of.ts';
import { JOB, openPlan, range, recordSet, rowsOf, runDone, runFailed, startLane, task } from './lane-fixture.ts';

const CSV = 'user,since,tags\na,1700000000000,"[x, y]"\n"b, c",,\n';
const JSON_ROWS = '[{"country": "DE", "name": "Germany", "extra": 1},\n {"country": "FR"}]';

const specWith = (query: string): JobSpec => ({
  ...specOf(query, 'append'),
  tables: [
    {
      name: 'users',
      columns: [
        { name: 'tags', type: 'VARCHAR[]', encoding: 'plain' },
        { name: 'user', type: 'VARCHAR', encoding: 'plain' },
        { name: 'since', type: 'TIMESTAMP', encoding: 'epochMs' },
      ],
      format: 'csv',
      text: CSV,
    },
    {
      name: 'countries',
      columns: [
        { name: 'country', type: 'VARCHAR', encoding: 'plain' },
        { name: 'name', type: 'VARCHAR', encoding: 'plain' },
      ],
      format: 'json',
      text: JSON_ROWS,
    },
  ],
});

async function compile(query: string): Promise<JobPlan> {
  const frontend = await openDuckDbFrontend();
  try {
    const compiled = await compileJob(specWith(query), frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    return compiled.plan;
  } finally {
    frontend.close();
  }
}

const records = ['a', 'b, c', 'd', null].map((user, i) => ({
  value: JSON.stringify({ user, country: ['DE', 'FR'][i % 2], quantity: i, ts: i }),
}));

const input = (values: { value: string }[]) => ({
  kind: 'records' as const,
  ranges: [range([], { source: 'events', from: 0, until: values.length, recordSets: [recordSet(values)] })],
});

test('a lane has the tables of a job from its opening on, in either format', async (t) => {
  const lane = startLane(t);
  const plan = await compile(
    `SELECT e.quantity, u.since, len(u.tags) AS tags, c.name
     FROM events e LEFT JOIN users u ON e."user" = u."user" JOIN countries c ON c.country = e.country`,
  );
  await openPlan(lane, plan);
  const run = async () =>
    rowsOf(await runDone(lane, task(input(records), { planHash: plan.hash, stage: 's0' }))).sort();
  const expected = [
    [0, '2023-11-14 22:13:20', '2', 'Germany'],
    [1, null, null, null],
    [2, null, null, 'Germany'],
    [3, null, null, null],
  ];
  assert.deepEqual(await run(), expected);
  await lane.run({ kind: 'closeJob', jobId: JOB });
  await openPlan(lane, plan);
  assert.deepEqual(await run(), expected);
});

test('a record that cannot be read is found though no row of the table is left to match', async (t) => {
  const lane = startLane(t);
  const plan = await compile(
    `SELECT e.quantity FROM events e JOIN (SELECT * FROM users WHERE tags = ['z']) u USING ("user")`,
  );
  await openPlan(lane, plan);
  const broken = [...records, { value: '{"user": ' }];
  const failed = await runFailed(lane, task(input(broken), { planHash: plan.hash, stage: 's0' }));
  assert.equal(failed.code, 'BAD_RECORD');
});

test('rows that are not as declared fail the opening', async (t) => {
  const lane = startLane(t);
  const plan = await compile('SELECT e.quantity FROM events e JOIN users u USING ("user")');
  const wrong = { ...plan, tables: plan.tables.map((table) => ({ ...table, text: 'user,since,tags\na,x,\n' })) };
  const planJson = JSON.stringify(wrong);
  const failed = await runFailed(lane, { kind: 'openJob', jobId: JOB, planHash: 'wrong', planJson });
  assert.match(failed.message, /Line: 2/);
});
