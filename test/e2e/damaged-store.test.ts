import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { redisKeys } from '../../shared/src/store/redis/redis-keys.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { paymentJob, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';

const part = (number: number) => payments({ seed: 95 + number, records: 400, partitions: 4 });

type Keys = ReturnType<ReturnType<typeof redisKeys>['job']>;

async function startJob(cluster: Cluster) {
  const topic = await cluster.createTopic();
  await cluster.produce(topic, part(0));
  const options = { topic, sink: { type: 'noop' }, outputMode: 'update', trigger: 'asap' } as const;
  const job = await cluster.submit(paymentJob(TOTALS_BY_COUNTRY.query, options));
  await job.untilCaughtUp();
  return { topic, job, keys: redisKeys(cluster.namespace).job(job.id) };
}

type JobLine = { jobId: string; status: string; failure?: { code: string; message: string } };

async function jobs(cluster: Cluster): Promise<Map<string, JobLine>> {
  const { stdout } = await cluster.cli('jobs', '--json');
  return new Map((JSON.parse(stdout) as { jobs: JobLine[] }).jobs.map((job) => [job.jobId, job]));
}

const failureOf = (lines: Map<string, JobLine>, id: string) => lines.get(id)?.failure ?? { code: '', message: '' };

test('a driver that starts on a store with holes fails the jobs concerned, names the holes, and runs the others', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const redis = new Redis(cluster.redisUrl);
  t.after(() => redis.quit());
  const harms: [what: string, harm: (keys: Keys, id: string) => Promise<unknown>, named: RegExp][] = [
    ['its slot', ({ slot }) => redis.del(slot), /:slot/],
    ['its offset log', ({ offsets }) => redis.del(offsets), /:offsets/],
    ['its commit log', ({ commits }) => redis.del(commits), /:commits/],
    ['its list of state', ({ state }) => redis.del(state), /:state/],
    [
      'its state',
      async (_, id) => redis.del(await redis.keys(`${cluster.namespace}:blob:{${id}/*`)),
      /state blob|Blob/i,
    ],
  ];
  const damaged = await Promise.all(harms.map(() => startJob(cluster)));
  const sound = await startJob(cluster);
  await cluster.killDriver();
  await cluster.killExecutor('executor-1');
  for (const [index, [, harm]] of harms.entries()) await harm(damaged[index]!.keys, damaged[index]!.job.id);
  await redis.del(redisKeys(cluster.namespace).index);
  await Promise.all([cluster.startDriver(), cluster.addExecutor()]);
  // What is missing of the state itself shows when it is restored.
  for (const { topic } of [...damaged, sound]) await cluster.produce(topic, part(1));
  await sound.job.untilCaughtUp();
  await sound.job.expectExactLogs();
  for (const [index, [what, , named]] of harms.entries()) {
    const { job } = damaged[index]!;
    // The first one fails before anybody can watch it.
    const { code } = index === 0 ? failureOf(await jobs(cluster), job.id) : await job.untilFailed();
    assert.deepEqual([what, code], [what, 'STORE_CORRUPT']);
    assert.match(failureOf(await jobs(cluster), job.id).message, named, what);
  }
  for (const { job } of damaged) assert.equal((await cluster.cli('delete', job.id, '--yes')).code, 0);
  assert.deepEqual([...(await jobs(cluster)).keys()], [sound.job.id]);
});
