import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { StateOutcome } from '@millrace/shared/plan';
import { Redis } from 'ioredis';
import { type Cluster, startCluster, writeSpec } from './support/cluster.ts';
import { until } from './support/crash-fault.ts';
import { paymentJob } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import type { TextRow } from './support/rows.ts';
import { readFileSink } from './support/sinks.ts';

const byCountry = (filter: string) =>
  `SELECT 'country' AS half, country AS k, count(*) AS n, sum(amount) AS total FROM payments${filter} GROUP BY country`;
const byUser = (filter: string) =>
  `SELECT 'user' AS half, "user" AS k, count(*) AS n, sum(amount) AS total FROM payments${filter} GROUP BY "user"`;
const PART_RECORDS = 3_000;
const part = (number: number) => payments({ seed: 210 + number, records: PART_RECORDS, partitions: 2 });

/** A changelog added up, of one half of the query. */
function resultOf(rows: readonly TextRow[], half: string): TextRow[] {
  const counts = new Map<string, number>();
  for (const { __op, ...row } of rows.filter((one) => one.half === half)) {
    const text = JSON.stringify(row);
    counts.set(text, (counts.get(text) ?? 0) + (__op === 'c' ? 1 : -1));
  }
  assert.ok([...counts.values()].every((count) => count === 0 || count === 1));
  return [...counts].filter(([, count]) => count === 1).map(([text]) => JSON.parse(text) as TextRow);
}

async function blobsOf(t: TestContext, cluster: Cluster, job: string): Promise<string[]> {
  const redis = new Redis(cluster.redisUrl);
  t.after(() => redis.disconnect());
  return redis.keys(`${cluster.namespace}:blob:{${job}/*`);
}

test('a query of two states changes so that one stays and one is lost', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const topic = await cluster.createTopic(2);
  await cluster.produce(topic, part(0));
  const folder = join(cluster.folder, 'out');
  const job = { outputMode: 'changelog' };
  const options = { topic, sink: { type: 'file', path: folder }, recordsPerBatch: 1_000, job };
  const first = paymentJob(`${byCountry('')} UNION ALL ${byUser('')}`, options);
  const run = await cluster.submit(first);
  await run.untilFinished();
  const { stateRows, batchId: lastBatch } = (await run.logs()).commits.at(-1)!;
  const rowsBefore = (await readFileSink(folder, 'ndjson')).length;
  const query = `${byUser(' WHERE amount >= 500')} UNION ALL ${byCountry('')}`;
  const spec = writeSpec(cluster.folder, { ...first, query } as never, cluster.brokers);
  const restart = (...flags: string[]) => cluster.cli('restart', first.name, '--spec', spec, ...flags);
  const lost =
    /lost {2}aggregate count\(\*\), sum\(amount\) by "user": \d+ rows, .* stored; input changed: now filter amount >= /;

  let [kept, lostOperator] = ['', ''];
  /** Of batches before the change. */
  const oldBlobs = async (operator: string) =>
    (await blobsOf(t, cluster, first.name)).filter((key) => {
      const [, of, batch] = key.split('/');
      return of === operator && Number(batch) <= lastBatch;
    });

  await cluster.part('it is refused, and says what would become of each', async () => {
    for (const flags of [[], ['--dry-run']]) {
      const { code, stderr } = await restart(...flags);
      assert.equal(code, 5, stderr);
      assert.match(stderr, /kept {2}aggregate count\(\*\), sum\(amount\) by country: \d+ rows/);
      assert.match(stderr, lost);
      assert.match(stderr, /new {3}aggregate count\(\*\), sum\(amount\) by "user"; in place of what is lost/);
      assert.match(stderr, /hint: .*--allow-state-loss/);
    }
    const { error } = JSON.parse((await restart('--json')).stderr) as {
      error: { code: string; details: { state: StateOutcome[] } };
    };
    assert.equal(error.code, 'INCOMPATIBLE_CHANGE');
    assert.deepEqual(
      error.details.state.map(({ fate, rows }) => [fate, rows > 0]),
      [
        ['kept', true],
        ['lost', true],
        ['new', false],
      ],
    );
    for (const { operator, rows } of error.details.state.slice(0, 2)) assert.equal(stateRows[operator], rows);
    [kept, lostOperator] = error.details.state.map(({ operator }) => operator) as [string, string];
  });

  await cluster.part('with the flag it goes on: the kept half is right, the other counts from there on', async () => {
    assert.ok((await oldBlobs(kept)).length > 0 && (await oldBlobs(lostOperator)).length > 0);
    await cluster.produce(topic, part(1));
    const { code, stdout, stderr } = await restart('--allow-state-loss', '--follow');
    assert.equal(code, 0, stderr);
    assert.match(stdout, lost);
    const rows = await readFileSink(folder, 'ndjson');
    await run.expectExactLogs();
    await run.expectEqualsDuckDb(resultOf(rows, 'country'), byCountry(''));
    const since = byUser(` WHERE amount >= 500 AND "offset" >= ${PART_RECORDS / 2}`);
    await run.expectEqualsDuckDb(resultOf(rows.slice(rowsBefore), 'user'), since);
  });

  await cluster.part('what was lost is gone from the store, what was kept is not', async () => {
    await until(async () => (await oldBlobs(lostOperator)).length === 0);
    assert.ok((await oldBlobs(kept)).length > 0);
    const state = await cluster.cli('state', first.name, '--json');
    assert.equal(state.code, 0, state.stderr);
  });
});
