import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cluster, startCluster } from './support/cluster.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { fileSinkLines, readFileSink } from './support/sinks.ts';
import type { PartitionValues } from './support/topics.ts';

const PARTITION = 1;
/** Of 3,000 in its partition: within the second piece of a piece. */
const OFFSET = 1_234;
const POISON = JSON.stringify({ user: 'poison', amount: '999.00', ts: Date.UTC(2026, 0, 1, 12), country: 'DE' });
const IS_POISON = `_partition = ${PARTITION} AND _offset = ${OFFSET}`;
const ANSWER = `${LARGE_PAYMENTS.answer} AND NOT (${IS_POISON})`;

function withPoison(records: number, offset = OFFSET): PartitionValues[] {
  const values = payments({ seed: 31, records, partitions: 4 }).map((part) => [...part]);
  values[PARTITION]!.splice(offset, 1, POISON);
  return values;
}

/** As a record does that crashes DuckDB, under a supervisor that starts executors anew. Gives how many died. */
function killWhoReads(cluster: Cluster, jobId: string): () => number {
  let killed = 0;
  const killAndReplace = async (executor: string) => {
    killed += 1;
    await cluster.killExecutor(executor);
    await cluster.startExecutorAgain(executor);
  };
  const keepKilling = async () => {
    for (;;) {
      const held = await cluster.pauseAt((call) => call.jobId === jobId && call.reads(PARTITION, OFFSET));
      void killAndReplace(held.executor);
    }
  };
  void keepKilling();
  return () => killed;
}

test('a record that ends every executor that reads it is found and set aside, and other jobs go on', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, withPoison(12_000));
  const [path, letters, otherPath] = ['out', 'letters', 'other'].map((name) => join(cluster.folder, name)) as [
    string,
    string,
    string,
  ];
  const source = { onBadRecord: { deadLetter: { file: letters } } };
  const spec = paymentJob(LARGE_PAYMENTS.query, { topic, sink: { type: 'file', path }, source });
  const killed = killWhoReads(cluster, spec.name);
  const other = await cluster.submit(
    paymentJob(SPEND_BY_USER.query, { topic, sink: { type: 'file', path: otherPath }, recordsPerBatch: 1_000 }),
  );
  const job = await cluster.submit(spec);
  await job.watch.until('the search', ({ task }) => task?.kind === 'poison' && /looking/.test(task.text));
  const found = await job.watch.until('the record', ({ task }) => task?.kind === 'poison' && /because/.test(task.text));
  assert.ok(found.task?.text.endsWith(`the record of ${topic}/${PARTITION} at offset ${OFFSET}`), found.task?.text);
  await Promise.all([job.untilFinished(), other.untilFinished()]);
  assert.ok(killed() <= 8, `${killed()} executors died`);

  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), ANSWER);
  const [letter, ...more] = fileSinkLines(letters).map((line) => JSON.parse(line));
  assert.deepEqual([letter.partition, letter.offset, letter.reason, more.length], [PARTITION, OFFSET, 'poison', 0]);
  assert.equal(Buffer.from(letter.value, 'base64').toString(), POISON);
  await other.expectExactLogs();
  await other.expectEqualsDuckDb(await readFileSink(otherPath, 'ndjson'), SPEND_BY_USER.closedAnswer);
});

test('a record that the query fails on is named, and set aside where the source says so', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, withPoison(12_000));
  const query = `SELECT "user", amount, ts, country, _partition, _offset FROM payments
    WHERE amount >= 500 AND CAST(CASE WHEN ${IS_POISON} THEN 'x' ELSE '1' END AS INTEGER) = 1`;
  const submit = (path: string, onBadRecord: string) =>
    cluster.submit(paymentJob(query, { topic, sink: { type: 'file', path }, source: { onBadRecord } }));

  const strict = await submit(join(cluster.folder, 'none'), 'fail');
  const failure = await strict.untilFailed();
  assert.equal(failure.code, 'QUERY_FAILED');
  assert.ok(
    failure.message.startsWith(`the record of ${topic}/${PARTITION} at offset ${OFFSET} cannot be processed: `),
  );
  assert.match(failure.message, /Conversion Error/);

  const path = join(cluster.folder, 'out');
  const lenient = await submit(path, 'drop');
  await lenient.untilFinished();
  await lenient.expectExactLogs();
  await lenient.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), ANSWER);
  const [commit] = (await lenient.logs()).commits;
  assert.deepEqual(commit?.counts.badByReason, { poison: 1 });
});

test('a record that a task hangs on is named', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic();
  const offset = 7;
  await cluster.produce(topic, withPoison(40, offset));
  // A second or two of native code that no interrupt reaches.
  const query = `SELECT "user", CASE WHEN _partition = ${PARTITION} AND _offset = ${offset}
    THEN levenshtein(repeat("user", 5000), repeat(country, 15000)) END AS n FROM payments`;
  const job = await cluster.submit({
    ...paymentJob(query, { topic, sink: { type: 'noop' } }),
    ...{ limits: { taskTimeout: '1s' } },
  });
  const failure = await job.untilFailed();
  assert.equal(failure.code, 'POISON_TASK');
  assert.match(
    failure.message,
    new RegExp(`/${PARTITION} at offset ${offset} cannot be processed: .* longer than 1000 ms`),
  );
});
