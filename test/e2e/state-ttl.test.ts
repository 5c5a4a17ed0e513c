import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import { paymentJob } from './support/payment-jobs.ts';
import { fileSinkLines } from './support/sinks.ts';

const TTL = '3s';
/** Which comes before anything is old enough: the state has to be restored before it is forgotten. */
const BATCH = 1;

const paymentsOf = (users: string[]) => [
  users.map((user) => JSON.stringify({ user, amount: '1.00', ts: 0, country: 'DE' })),
];

test('groups that are idle are taken back, also by an executor that restored them, and come back anew', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const topic = await cluster.createTopic(1);
  await cluster.produce(topic, paymentsOf(['ann', 'bob', 'ann', 'bob', 'bob']));
  const path = join(cluster.folder, 'out');
  const changes = () =>
    fileSinkLines(path).map((line) => JSON.parse(line) as { user: string; n: number; __op: string });
  const of = (user: string) =>
    changes().flatMap(({ __op, n, ...change }) => (change.user === user ? [`${__op} ${n}`] : []));
  const killed = cluster.pauseAt({ method: 'RunTask', batch: BATCH, attempt: 0, at: 'request' });
  const query = 'SELECT "user", count(*) AS n FROM payments GROUP BY "user"';
  const sink = { type: 'file', path };
  const more = { stateTtl: TTL, outputMode: 'changelog' };
  const job = await cluster.submit(paymentJob(query, { topic, sink, trigger: 'asap', job: more }));
  await job.untilCaughtUp();
  assert.deepEqual([of('ann'), of('bob')], [['c 2'], ['c 3']]);
  await cluster.killExecutor((await killed).executor);
  await job.watch.until('that both are forgotten', () => of('ann').length === 2 && of('bob').length === 2);
  assert.deepEqual(
    [of('ann'), of('bob')],
    [
      ['c 2', 'd 2'],
      ['c 3', 'd 3'],
    ],
  );
  await cluster.produce(topic, paymentsOf(['ann']));
  await job.untilCaughtUp();
  await job.watch.until('that ann is back', () => of('ann').length >= 3);
  assert.deepEqual(of('ann').slice(0, 3), ['c 2', 'd 2', 'c 1']);
  assert.deepEqual(of('bob'), ['c 3', 'd 3']);
});
