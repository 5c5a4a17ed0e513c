import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';
import { paymentJob, SPEND_BY_USER } from './payment-jobs.ts';
import { PAYMENTS_FROM_MS, payments } from './payments.ts';
import { readKafkaTable } from './sinks.ts';
import type { TestJob } from './test-job.ts';

const RECORDS = 20_000;

/** Payments that follow those of the part before in event time. */
export const part = (number: number) =>
  payments({
    seed: 50 + number,
    records: RECORDS,
    partitions: 4,
    fromMs: PAYMENTS_FROM_MS + number * RECORDS,
    disorderMs: 3_000,
  });

export type WindowJob = {
  topic: string;
  job: TestJob;
  /** All that is in the topic is counted once, in the logs and in the output, and the job has never failed. */
  expectExact(): Promise<void>;
};

/** Windows in a topic, updated as soon as something arrives; part 0 is done. */
export async function startWindows(cluster: Cluster): Promise<WindowJob> {
  const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
  await cluster.produce(topic, part(0));
  const sink = { topic: output, key: ['user', 'window_start'] };
  const spec = paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', trigger: 'asap' });
  const job = await cluster.submit(spec);
  await job.untilCaughtUp();
  const expectExact = async () => {
    await job.untilCaughtUp();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
    assert.equal(
      job.watch.events().find((event) => event.job?.status === 'failed'),
      undefined,
    );
  };
  return { topic, job, expectExact };
}
