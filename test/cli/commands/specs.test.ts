import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SubmitRequest } from '@millrace/proto';
import { invalidSpec } from '@millrace/shared/spec';
import { JOB, startFakeDriver, watchOf } from '../support/fake-driver.ts';
import { runCommand } from '../support/run-command.ts';

const SPEC = `name: spend
sources:
  transactions:
    type: kafka
    brokers: \${KAFKA_BROKERS}
    topic: transactions
    columns: { user: VARCHAR, amount: "DECIMAL(12,2)" }
query: SELECT "user", sum(amount) AS total FROM transactions GROUP BY "user"
sink: console
outputMode: update
`;
const ENV = { KAFKA_BROKERS: 'broker:9092' };

function specFile(t: TestContext, text = SPEC): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'spend.yaml');
  writeFileSync(path, text);
  return path;
}

const GROWTH = [
  { operator: 'aggregate_1', rows: [{ of: 'user', memoryBytes: 48, storedBytes: 20 }], remedy: 'Bound it.' },
];

/** A driver that takes every job, and what it was sent. */
async function acceptingDriver(t: TestContext) {
  const requests: SubmitRequest[] = [];
  const driver = await startFakeDriver(t, {
    Submit: async (request) => {
      requests.push(request);
      return { jobId: 'spend', warnings: ['state grows for ever'], growth: GROWTH };
    },
    Watch: watchOf([{ job: { ...JOB, status: 'finished' } }]),
  });
  return { requests, env: { ...ENV, MILLRACE_DRIVER: driver } };
}

test('submit fills in the environment, sends the spec and shows warnings', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const path = specFile(t);
  const { code, stdout, stderr } = await runCommand(['submit', path], { env });
  assert.equal(code, 0);
  assert.equal(stdout, 'spend is submitted\nmillrace watch spend shows its progress\n');
  assert.equal(stderr, 'warning: state grows for ever\n');
  assert.equal(requests[0]!.specText, SPEC.replace(/\$\{KAFKA_BROKERS\}/, '"broker:9092"'));
  assert.deepEqual([requests[0]!.fileName, requests[0]!.dryRun], [path, false]);
});

test('submit reads standard input, and --json is one object', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const { stdout, stderr } = await runCommand(['submit', '-', '--json'], { env, stdin: SPEC });
  assert.deepEqual(JSON.parse(stdout), {
    ...{ jobId: 'spend', dryRun: false, warnings: ['state grows for ever'] },
    growth: GROWTH,
  });
  assert.deepEqual([stderr, requests[0]!.fileName], ['', '<stdin>']);
});

test('submit --dry-run starts nothing; --follow watches; both at once are refused', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const path = specFile(t);
  assert.equal((await runCommand(['submit', path, '--dry-run'], { env })).stdout, 'valid: spend could be started\n');
  assert.equal(requests[0]!.dryRun, true);
  const followed = await runCommand(['submit', path, '--follow'], { env });
  assert.deepEqual([followed.code, followed.stdout], [0, 'spend is submitted\nspend is finished\n']);
  assert.equal((await runCommand(['submit', path, '--follow', '--dry-run'], { env })).code, 2);
});

test('a spec that is wrong never reaches the driver; each problem has its place', async (t) => {
  const path = specFile(t, SPEC.replace('topic:', 'topci:'));
  const { code, stderr } = await runCommand(['submit', path], { env: { ...ENV, MILLRACE_DRIVER: '127.0.0.1:1' } });
  assert.equal(code, 3);
  assert.match(stderr, /spend\.yaml:6:5: .*topci/);
  assert.match(stderr, / {4}6 \| {5}topci: transactions\n/);
  assert.match(stderr, /problems? in .*spend\.yaml\n$/);
});

test('problems the driver finds are shown in the text as it was written', async (t) => {
  const problem = { path: 'sources.transactions.topic', message: 'no such topic', hint: '', line: 6, column: 12 };
  const driver = await startFakeDriver(t, { Submit: () => Promise.reject(invalidSpec([problem], 'spend.yaml')) });
  const path = specFile(t);
  const { code, stderr } = await runCommand(['submit', path, '--driver', driver], { env: ENV });
  assert.equal(code, 3);
  assert.match(stderr, /spend\.yaml:6:12: no such topic\n {4}6 \| {5}topic: transactions\n/);
});

test('validate reports problems of the SQL with their place in the file, as text and as JSON', async (t) => {
  const path = specFile(t, SPEC.replace('sum(amount)', 'sum(amout)'));
  const { code, stderr } = await runCommand(['validate', path], { env: ENV });
  assert.equal(code, 3);
  assert.match(stderr, /spend\.yaml:8:27: [^\n]*amout/);
  const { code: jsonCode, stdout } = await runCommand(['validate', path, '--json'], { env: ENV });
  assert.equal(jsonCode, 3);
  const report = JSON.parse(stdout) as { valid: boolean; problems: { line: number }[] };
  assert.deepEqual([report.valid, report.problems.map(({ line }) => line)], [false, [8]]);
});

test('validate says what is valid, needs no driver, and shows warnings', async (t) => {
  const { code, stdout } = await runCommand(['validate', specFile(t)], { env: ENV });
  assert.equal(code, 0);
  assert.match(stdout, /^warning: [^\n]+ about \d+ bytes in memory [^\n]+\nvalid: .*spend\.yaml \(job spend\)/);
  const { stdout: json } = await runCommand(['validate', specFile(t), '--json'], { env: ENV });
  const { warnings, growth } = JSON.parse(json) as { warnings: string[]; growth: typeof GROWTH };
  assert.equal(warnings.length, 1);
  assert.deepEqual(Object.keys(growth[0]!), ['operator', 'rows', 'remedy']);
  assert.ok(warnings[0]!.endsWith(growth[0]!.remedy));
});

test('a variable that is not set is a problem with a place', async (t) => {
  const { code, stderr } = await runCommand(['validate', specFile(t)]);
  assert.equal(code, 3);
  assert.match(stderr, /spend\.yaml:5:14: the environment variable KAFKA_BROKERS is not set/);
});

test('explain shows the plan; --json is the plan itself', async (t) => {
  const path = specFile(t);
  const { code, stdout } = await runCommand(['explain', path], { env: ENV });
  assert.equal(code, 0);
  assert.match(stdout, /Stage s0: source transactions/);
  assert.match(stdout, /\n {2}append: no — the groups by [^\n]+\n {2}update: yes, as the spec says\n/);
  const { stdout: json } = await runCommand(['explain', path, '--json'], { env: ENV });
  const plan = JSON.parse(json) as { stages: { id: string }[]; output: { mode: string } };
  assert.deepEqual([plan.stages.map(({ id }) => id), plan.output.mode], [['s0', 's1'], 'update']);
  const { stdout: same } = await runCommand(['explain', path, '--format', 'json'], { env: ENV });
  assert.equal(same, json);
});

test('explain draws graphs, and knows which', async (t) => {
  const path = specFile(t);
  const { stdout: mermaid } = await runCommand(['explain', path, '--format', 'mermaid'], { env: ENV });
  assert.match(mermaid, /^flowchart LR\n/);
  assert.match(mermaid, /source_transactions --> partial_\w+\n/);
  assert.match(mermaid, /partial_\w+ -->\|"shuffle"\| aggregate_\w+\n/);
  assert.match(mermaid, /aggregate_\w+ --> sink\n/);
  const { stdout: dot } = await runCommand(['explain', path, '--format', 'dot'], { env: ENV });
  assert.match(dot, /^digraph plan \{/);
  assert.match(dot, /aggregate_\w+ -> sink;/);
  const { code, stderr } = await runCommand(['explain', path, '--format', 'svg'], { env: ENV });
  assert.equal(code, 2);
  assert.match(stderr, /no format "svg".*text, json, mermaid, dot/s);
});

test('a file that cannot be read is wrong usage', async () => {
  const { code, stderr } = await runCommand(['validate', '/nowhere/job.yaml']);
  assert.equal(code, 2);
  assert.match(stderr, /^error: cannot read \/nowhere\/job\.yaml: there is no such file\n/);
});

const ENRICHED = SPEC.replace(
  'query: ',
  'tables:\n  users:\n    columns: { user: VARCHAR, level: INT }\n    file: users.csv\nquery: ',
);

test('the file of a table is read beside the spec and sent with it', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const path = specFile(t, ENRICHED);
  writeFileSync(join(dirname(path), 'users.csv'), 'user,level\na,1\n');
  assert.equal((await runCommand(['submit', path], { env })).code, 0);
  assert.ok(requests[0]!.specText.includes(String.raw`csv: "user,level\na,1\n"`), requests[0]!.specText);
  const { code, stderr } = await runCommand(['validate', path], { env });
  assert.deepEqual([code, stderr], [0, '']);
});

test('a Parquet file is sent as rows that are read back as they were', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const spec = ENRICHED.replace('level: INT', 'level: "DECIMAL(30,10)", tags: "VARCHAR[]"').replace('.csv', '.parquet');
  const path = specFile(t, spec);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (SELECT 'a' AS "user", 12345678901234567890.0123456789::DECIMAL(30,10) AS level, ['x', 'y'] AS tags, 1 AS more)
    TO '${join(dirname(path), 'users.parquet')}'`);
  connection.closeSync();
  const { code, stderr } = await runCommand(['submit', path], { env });
  assert.equal(code, 0, stderr);
  const row = JSON.stringify('{"user":"a","level":"12345678901234567890.0123456789","tags":["x","y"]}\n');
  assert.ok(requests[0]!.specText.includes(`json: ${row}`), requests[0]!.specText);
  writeFileSync(path, spec.replace('tags:', 'labels:'));
  assert.match((await runCommand(['submit', path], { env })).stderr, /the file of the table has no column "labels"/);
});

test('a file that the driver is to read again stays a name', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const path = specFile(t, ENRICHED.replace('file: users.csv', 'file: users.csv\n    refreshInterval: 1m'));
  assert.equal((await runCommand(['submit', path], { env })).code, 0);
  assert.ok(requests[0]!.specText.includes('file: users.csv\n'));
});

test('a table without its file, or with rows that do not fit, is told where the spec names it', async (t) => {
  const { requests, env } = await acceptingDriver(t);
  const path = specFile(t, ENRICHED);
  for (const command of [['submit'], ['validate'], ['explain'], ['restart', 'spend', '--spec']]) {
    const { code, stderr } = await runCommand([...command, path], { env });
    assert.equal(code, 3);
    assert.match(stderr, /:11:11: cannot read the file of the table: there is no such file\n +11 \| +file: users.csv/);
  }
  assert.deepEqual(requests, []);
  writeFileSync(join(dirname(path), 'users.csv'), 'user,level\na,x\n');
  const { stderr } = await runCommand(['validate', path], { env });
  assert.match(
    stderr,
    /:11:\d+: Line 2 of the table users has no INTEGER in the column "level".\n +11 \| +file: users.csv/,
  );
});
