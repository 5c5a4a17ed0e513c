import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import type { PassingCall } from './support/pause-points.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink, readKafkaSink } from './support/sinks.ts';

const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
const RECORDS_PER_BATCH = 40_000;
/** The batch before it says how long its tasks take. */
const BATCH = 1;

type Place = {
  title: string;
  job: { query: string; answer: string };
  into: 'files' | 'topic';
  point: Pick<PassingCall, 'stage' | 'at'>;
};

const WINDOWS = { query: SPEND_BY_USER.query, answer: SPEND_BY_USER.closedAnswer };

const PLACES: Place[] = [
  { title: 'maps', job: WINDOWS, into: 'files', point: { stage: 's0', at: 'request' } },
  {
    title: 'has an open transaction and does not say so',
    job: WINDOWS,
    into: 'topic',
    point: { stage: 's1', at: 'reply' },
  },
  {
    title: 'has staged files and does not say so',
    job: LARGE_PAYMENTS,
    into: 'files',
    point: { stage: 's0', at: 'reply' },
  },
];

for (const {
  title,
  job: { query, answer },
  into,
  point,
} of PLACES) {
  test(`an executor that ${title} for too long: another one is first`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 2 });
    const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
    await cluster.produce(topic, payments({ seed: 21, ...PAYMENTS }));
    const slow = cluster.pauseAt({ method: 'RunTask', batch: BATCH, attempt: 0, ...point });
    const path = join(cluster.folder, 'out');
    const sink = into === 'topic' ? { topic: output } : { type: 'file', path };
    const job = await cluster.submit(paymentJob(query, { topic, sink, recordsPerBatch: RECORDS_PER_BATCH }));
    const held = await slow;
    await job.untilFinished();
    held.release();
    const steps = job.watch.events().flatMap(({ task }) => (task?.kind === 'taskSpeculated' ? [task.text] : []));
    assert.match(steps[0] ?? '', new RegExp(`batch ${BATCH}: task ${point.stage}/\\d+ straggles`));
    assert.match(steps[1] ?? '', /was done first by executor/);
    assert.equal(
      job.watch.events().some(({ task }) => task?.kind === 'executorLost'),
      false,
    );
    await job.expectExactLogs();
    const rows = into === 'topic' ? readKafkaSink(cluster.kafka, output) : readFileSink(path, 'ndjson');
    await job.expectEqualsDuckDb(await rows, answer);
  });
}

for (const stage of ['s0', 's1']) {
  test(`an executor that stands still in ${stage} for longer than its lease, and wakes up`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 2 });
    const topic = await cluster.createTopic();
    await cluster.produce(topic, payments({ seed: 22, ...PAYMENTS }));
    const path = join(cluster.folder, 'out');
    const sink = { type: 'file', path };
    const limits = { trigger: 'asap', recordsPerBatch: RECORDS_PER_BATCH };
    const paused = cluster.pauseAt({ method: 'RunTask', stage, batch: BATCH, attempt: 0, at: 'request' });
    const job = await cluster.submit(paymentJob(SPEND_BY_USER.query, { topic, sink, ...limits }));
    const held = await paused;
    cluster.pauseExecutor(held.executor);
    held.release();
    await job.watch.until('the loss', ({ task }) => task?.kind === 'executorLost');
    await job.untilCaughtUp();
    // It holds state of batches that others have gone on from, and tasks that nobody waits for.
    const back = cluster.pauseAt({ method: 'RunTask', executor: held.executor, at: 'request' });
    cluster.resumeExecutor(held.executor);
    await job.watch.until('its return', ({ task }) => task?.kind === 'executorJoined');
    await cluster.produce(topic, payments({ seed: 23, ...PAYMENTS }));
    (await back).release();
    await job.untilCaughtUp();
    await cluster.cli('stop', job.id);
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), SPEND_BY_USER.closedAnswer);
  });
}
