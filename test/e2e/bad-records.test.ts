import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Counts } from '@millrace/proto';
import { type Cluster, startCluster, writeSpec } from './support/cluster.ts';
import { LARGE_PAYMENTS, paymentJob } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { fileSinkLines, readFileSink } from './support/sinks.ts';
import type { PartitionValues } from './support/topics.ts';
import { readTopic } from './support/topics.ts';

const PARTITIONS = 2;
/** The last is no UTF-8: what is kept of it must be the bytes themselves. */
const BAD = [
  Buffer.from('{"user": "cut off'),
  Buffer.from('no json at all'),
  Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]),
];
const BAD_PARTITION = 1;
const BAD_FIRST_OFFSET = 300;

/** Good payments with the bad ones in their midst. */
function withBad(): PartitionValues[] {
  const values = payments({ seed: 20, records: 1_200, partitions: PARTITIONS }).map((part) => [...part]);
  values[BAD_PARTITION]!.splice(BAD_FIRST_OFFSET, 0, ...BAD);
  return values;
}

const REASONS = ['malformed', 'notObject', 'malformed'];

type DeadLetter = { source: string; topic: string; partition: number; offset: number; reason: string; value: string };

function assertDeadLetters(lines: readonly string[], topic: string): void {
  const letters = lines.map((line) => JSON.parse(line) as DeadLetter).sort((a, b) => a.offset - b.offset);
  assert.deepEqual(
    letters.map(({ source, topic, partition, offset, reason, value }) => ({
      ...{ source, topic, partition, offset, reason, value },
    })),
    BAD.map((bytes, index) => {
      const offset = BAD_FIRST_OFFSET + index;
      const reason = REASONS[index];
      return { source: 'payments', topic, partition: BAD_PARTITION, offset, reason, value: bytes.toString('base64') };
    }),
  );
}

async function submitOver(cluster: Cluster, topic: string, onBadRecord: unknown) {
  const path = join(cluster.folder, `out-${JSON.stringify(onBadRecord).length}-${Math.random()}`);
  const spec = paymentJob(LARGE_PAYMENTS.query, { topic, sink: { type: 'file', path }, source: { onBadRecord } });
  const job = await cluster.submit(spec);
  const expectTheRest = async () => {
    await job.untilFinished();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), LARGE_PAYMENTS.answer);
    const { commits } = await job.logs();
    assert.equal(
      commits.reduce((sum, { counts }) => sum + counts.badRecords, 0),
      BAD.length,
    );
    const reasons = commits.flatMap(({ counts }) => Object.entries(counts.badByReason));
    const count = (reason: string) =>
      reasons.reduce((sum, [name, records]) => sum + (name === reason ? records : 0), 0);
    assert.deepEqual([count('malformed'), count('notObject')], [2, 1]);
    const described = await cluster.cli('describe', job.id, '--json');
    const { totals } = JSON.parse(described.stdout) as { totals: Counts };
    assert.deepEqual(totals.badByReason, { malformed: 2, notObject: 1 });
  };
  return { job, path, spec, expectTheRest };
}

test('records that do not decode', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const topic = await cluster.createTopic(PARTITIONS);
  await cluster.produce(topic, withBad());

  await cluster.part(
    'fail: the job stops there and says where, again after a restart, and goes on under another policy',
    async () => {
      const { job, path, spec, expectTheRest } = await submitOver(cluster, topic, 'fail');
      const place = `${topic}/${BAD_PARTITION} at offset ${BAD_FIRST_OFFSET} cannot be read`;
      const failure = await job.untilFailed();
      assert.equal(failure.code, 'BAD_RECORD');
      assert.ok(failure.message.startsWith(place), failure.message);
      assert.deepEqual((await job.logs()).commits, []);

      const followed = await cluster.cli('restart', job.id, '--follow');
      assert.equal(followed.code, 1);
      assert.ok(followed.stderr.includes(place), followed.stderr);
      const { offsets, commits } = await job.logs();
      assert.deepEqual([offsets.length, commits.length], [1, 0], 'the same batch, tried again');
      assert.deepEqual(await readFileSink(path, 'ndjson'), []);

      const sources = { payments: { ...spec.sources.payments, onBadRecord: 'drop' } };
      const changed = writeSpec(cluster.folder, { ...spec, sources }, cluster.brokers);
      const restarted = await cluster.cli('restart', job.id, '--spec', changed);
      assert.equal(restarted.code, 0, restarted.stderr);
      await expectTheRest();
      assert.deepEqual((await job.logs()).offsets[0]?.ranges, offsets[0]?.ranges, 'over the same records');
    },
  );

  await cluster.part('drop: they are counted', async () => {
    const { expectTheRest } = await submitOver(cluster, topic, 'drop');
    await expectTheRest();
  });

  await cluster.part('deadLetter: a file takes their bytes', async () => {
    const file = join(cluster.folder, 'dead');
    const { expectTheRest } = await submitOver(cluster, topic, { deadLetter: { file } });
    await expectTheRest();
    assertDeadLetters(fileSinkLines(file), topic);
  });

  await cluster.part('deadLetter: a topic takes their bytes', async () => {
    const dead = await cluster.createTopic(PARTITIONS);
    const { expectTheRest } = await submitOver(cluster, topic, { deadLetter: { topic: dead } });
    await expectTheRest();
    const letters = await readTopic(cluster.kafka, dead);
    assertDeadLetters(
      letters.map(({ value }) => String(value)),
      topic,
    );
  });
});
