// Writes what this version stores into a folder of its own, for history.test.ts of every later version to read:
//   npm run history -- <name of the folder>
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { jobId } from '@millrace/shared/ids';
import { openRedisStore } from '@millrace/shared/store';
import { Redis } from 'ioredis';
import { startCluster } from '../e2e/support/cluster.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER } from '../e2e/support/payment-jobs.ts';
import { payments } from '../e2e/support/payments.ts';
import { dumpKeys, type StoredKeys } from './stored-keys.ts';

/** Past a snapshot, which is due after a hundred deltas, and some deltas on top of it. */
const BATCHES = 104;
const RECORDS_PER_BATCH = 12;
const PARTITIONS = 2;
/** Entries kept of each log: the store reads no more than two. */
const LOG_ENTRIES = 3;
const NAME = 'spend-by-user';
/** Another job, whose output is transactions. */
const TO_TOPIC = 'to-topic';

type StateAnswer = { rows: [string, ...unknown[]][] };

const [, , folderName] = process.argv;
assert.ok(folderName, 'name the folder, such as: npm run history -- 0.2.0');
const folder = join(import.meta.dirname, folderName);

const fromMs = Date.UTC(2026, 0, 1);
const part = (number: number) => {
  const at = fromMs + number * 1_000;
  const bad = number === BATCHES - 1 ? ['{"user": '] : [];
  const [first, ...rest] = payments({ seed: number, records: RECORDS_PER_BATCH, partitions: PARTITIONS, fromMs: at });
  return [[...first!, ...bad], ...rest];
};

test(`what is stored, into ${folder}`, async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic(PARTITIONS);
  const out = (name: string) => join(cluster.folder, name);
  const source = { onBadRecord: { deadLetter: { file: out('bad') } } };
  const sink = { type: 'file', path: out('out') };
  await cluster.produce(topic, part(0));
  const options = { topic, sink, outputMode: 'update', trigger: 'asap', source } as const;
  const job = await cluster.submit({ ...paymentJob(SPEND_BY_USER.query, options), name: NAME });
  for (let number = 1; number < BATCHES; number++) {
    await job.untilCaughtUp();
    await cluster.produce(topic, part(number));
  }
  await job.untilCaughtUp();
  const ask = async (...sql: string[]) => JSON.parse((await cluster.cli('state', NAME, ...sql, '--json')).stdout);
  const [[table] = []] = ((await ask()) as StateAnswer).rows;
  const query = `SELECT * FROM ${table} ORDER BY ALL`;
  const { rows } = (await ask(query, '--max-rows', '10000')) as StateAnswer;
  const drops = { topic, sink: { topic: await cluster.createTopic() }, source: { onBadRecord: 'drop' } };
  const toTopic = paymentJob(LARGE_PAYMENTS.query, drops);
  await (await cluster.submit({ ...toTopic, name: TO_TOPIC })).untilFinished();
  const paused = cluster.pauseAt({ method: 'RunTask', at: 'request' });
  await cluster.produce(topic, part(BATCHES));
  await paused;

  const redis = new Redis(cluster.redisUrl);
  const store = await openRedisStore({ url: cluster.redisUrl, namespace: cluster.namespace }, { clock: systemClock });
  const keys = forgetPlaces(await dumpKeys(redis, cluster.namespace), cluster.folder, cluster.brokers);
  const { lastCommit, pending, state } = await store.commits.read(jobId(NAME));
  const { outputs } = (await store.commits.read(jobId(TO_TOPIC))).lastCommit!;
  await store.close();
  redis.disconnect();
  assert.ok(outputs.some(({ detailJson }) => detailJson !== ''));
  assert.ok(state.some(({ kind }) => kind === 'snapshot') && state.some(({ kind }) => kind === 'delta'));
  const { batchId } = lastCommit!;
  mkdirSync(folder, { recursive: true });
  const manifest = `_manifest/${String(batchId).padStart(12, '0')}.json`;
  for (const name of ['out', 'bad']) cpSync(join(out(name), manifest), join(folder, `${name}-manifest.json`));
  writeJson('store.json', keys);
  writeJson('expected.json', {
    lastCommit,
    pending,
    state,
    query,
    rows,
    transactions: outputs.filter(({ detailJson }) => detailJson !== ''),
  });
});

/** Of this machine, and of no interest. */
function forgetPlaces(keys: StoredKeys, folderPath: string, brokers: readonly string[]): StoredKeys {
  const named = JSON.stringify(keys).replaceAll(folderPath, '/data').replaceAll(brokers.join(','), 'broker:9092');
  const texts = brokers.reduce((text, broker) => text.replaceAll(broker, 'broker:9092'), named);
  const stored = JSON.parse(texts) as StoredKeys;
  for (const [key, fields] of Object.entries(stored)) {
    if (!/:(offsets|commits)$/.test(key)) continue;
    const kept = Object.entries(fields)
      .sort(([a], [b]) => Number(a) - Number(b))
      .slice(-LOG_ENTRIES);
    stored[key] = Object.fromEntries(kept);
  }
  return stored;
}

const writeJson = (name: string, value: unknown) =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
