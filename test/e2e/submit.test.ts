import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { jobId } from '@millrace/shared/ids';
import { HASH_VERSION, STATE_PARTITIONS } from '@millrace/shared/plan';
import { openRedisStore, RECORD_VERSION } from '@millrace/shared/store';
import { startCluster, type WrittenSpec, writeSpec } from './support/cluster.ts';
import { LARGE_PAYMENTS, paymentJob, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink } from './support/sinks.ts';

test('what the driver refuses, and what it forgets', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic(2);
  await cluster.produce(topic, payments({ seed: 30, records: 2_000, partitions: 2 }));
  const sink = { type: 'noop' };
  const submit = (spec: WrittenSpec) => cluster.cli('submit', writeSpec(cluster.folder, spec, cluster.brokers));

  await cluster.part('a topic that is not there, with the one that is meant', async () => {
    const misspelt = `${topic.slice(0, -1)}${topic.endsWith('0') ? '1' : '0'}`;
    const { code, stderr } = await submit(paymentJob(LARGE_PAYMENTS.query, { topic: misspelt, sink }));
    assert.equal(code, 3);
    assert.ok(stderr.includes(misspelt), stderr);
    assert.match(stderr, new RegExp(`did you mean.*${topic}`, 'i'));
    assert.match(stderr, /:\d+:\d+/, 'line and column');
  });

  await cluster.part('SQL that does not parse, and a column that is not there, with line and column', async () => {
    const wrong: [query: string, message: RegExp][] = [
      ['SELECT "user" FROM payments WHERE', /syntax error/i],
      ['SELECT "usr" FROM payments', /usr[\s\S]*did you mean[\s\S]*user/i],
    ];
    for (const [query, message] of wrong) {
      const { code, stderr } = await submit(paymentJob(query, { topic, sink }));
      assert.equal(code, 3, stderr);
      assert.match(stderr, message);
      assert.match(stderr, /:\d+:\d+/, 'line and column');
    }
    assert.equal((await cluster.cli('jobs', '--json')).stdout.includes('job-'), false, 'nothing was started');
  });

  await cluster.part('all that is wrong at once: the form of the spec, the query, the topics', async () => {
    const spec = paymentJob('SELECT usr, amont FROM payments', { topic: 'not-there', sink, outputMode: 'append' });
    const { code, stderr } = await submit({
      ...spec,
      limits: { recordsPerBatch: 'many' },
      triger: 'once',
    } as WrittenSpec);
    assert.equal(code, 3);
    for (const said of [
      /no key "triger"/,
      /recordsPerBatch must be/,
      /column "usr"/,
      /column "amont"/,
      /"not-there"/,
    ]) {
      assert.match(stderr, said);
    }
    assert.match(stderr, /5 problems in/);
  });

  await cluster.part('a name that is taken; deleted and submitted again, the job starts from scratch', async () => {
    const path = join(cluster.folder, 'first');
    const spec = paymentJob(TOTALS_BY_COUNTRY.query, { topic, sink: { type: 'file', path }, outputMode: 'complete' });
    const first = await cluster.submit(spec);
    await first.untilFinished();
    const again = await submit(spec);
    assert.equal(again.code, 5);
    assert.match(again.stderr, /there is a job ".*" already[\s\S]*restart[\s\S]*delete/);

    assert.equal((await cluster.cli('delete', spec.name, '--yes')).code, 0);
    assert.deepEqual(await first.logs(), { offsets: [], commits: [] });
    const elsewhere = join(cluster.folder, 'second');
    const second = await cluster.submit({ ...spec, sink: { type: 'file', path: elsewhere } });
    await second.untilFinished();
    await second.expectExactLogs();
    await second.expectEqualsDuckDb(await readFileSink(elsewhere, 'ndjson'), TOTALS_BY_COUNTRY.query);
  });

  await cluster.part('secrets of a job are not told', async () => {
    const name = 'secretive';
    await cluster.killDriver();
    await storeStoppedJob(cluster, name, topic);
    await cluster.startDriver();
    for (const form of [[], ['--json']]) {
      const { code, stdout, stderr } = await cluster.cli('describe', name, ...form);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /password: \\?"?\*\*\*/);
      assert.doesNotMatch(stdout, /hunter2/);
    }
  });
});

/** A job with a password, as an earlier driver left it: these brokers would not take the login. */
async function storeStoppedJob(
  { redisUrl: url, namespace, brokers }: { redisUrl: string; namespace: string; brokers: string[] },
  name: string,
  topic: string,
): Promise<void> {
  const store = await openRedisStore({ url, namespace }, { clock: systemClock });
  const sasl = { mechanism: 'plain', username: 'reader', password: 'hunter2' };
  const spec = paymentJob(LARGE_PAYMENTS.query, {
    topic,
    sink: { type: 'noop' },
    source: { type: 'kafka', brokers, sasl },
  });
  await store.commits.createJob({
    version: RECORD_VERSION,
    jobId: jobId(name),
    specText: JSON.stringify({ ...spec, name }),
    fileName: 'secretive.json',
    planHash: 'h',
    hashVersion: HASH_VERSION,
    statePartitions: STATE_PARTITIONS,
    submittedMs: 0,
    status: { desired: 'stopped', observed: 'stopped', failureJson: null },
  });
  await store.close();
}
