import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { createTransactionalKafkaSink } from '../../../executor/src/sinks/transactional-kafka-sink.ts';
import { transactionalIds } from '../../../executor/src/sinks/transactions/transactional-ids.ts';
import { startSinkTopic } from './kafka-fixture.ts';
import { contextOf, JOB_ID, publishOf, SINK_JOB, sinkContract } from './sink-contract.ts';

const { signal } = new AbortController();
let lives = 0;

/** `open` gives the sink as another executor has it open, of a job that no other test knows. */
async function start(t: TestContext) {
  const topic = await startSinkTopic(t);
  const { client, spec } = topic;
  const submittedMs = SINK_JOB.submittedMs + process.pid * 1_000 + lives++;
  const executors: string[] = [];
  const open = (incarnation = `executor-${executors.length}`) => {
    executors.push(incarnation);
    const job = { ...SINK_JOB, submittedMs, incarnation };
    const options = { spec, transactionTimeoutMs: 60_000, connect: async () => client, job, clock: systemClock };
    return createTransactionalKafkaSink('output', options);
  };
  const ids = transactionalIds({ jobId: JOB_ID, submittedMs }, 'output');
  return { ...topic, open, ids, openIds: () => client.transactions.open(ids.prefix) };
}

sinkContract('kafka, exactly once', start);

test('a batch is seen whole or not at all, in order', async (t) => {
  const { open, encode, visible } = await start(t);
  const sink = open();
  const texts = Array.from({ length: 200 }, (_, index) => `row ${index}`);
  const prepared = await sink.prepare(contextOf(0), await encode(...texts), signal);
  assert.deepEqual(await visible(), []);
  await sink.publish(publishOf(0), [prepared]);
  assert.deepEqual(await visible(200), texts);
});

test('a task without rows opens nothing, and a batch of only such tasks has nothing to publish', async (t) => {
  const { open, openIds } = await start(t);
  const prepared = await open().prepare(
    contextOf(0),
    { kind: 'recordBatches', rows: 0, bytes: 0, partitions: [] },
    signal,
  );
  assert.equal(prepared.detailJson, '');
  assert.deepEqual(await openIds(), []);
});

test('batch after batch uses two transactional ids', async (t) => {
  const { open, encode, visible, ids } = await start(t);
  const sink = open('one');
  const used = new Set<string>();
  for (let batch = 0; batch < 8; batch++) {
    const prepared = await sink.prepare(contextOf(batch), await encode(`row ${batch}`), signal);
    used.add((JSON.parse(prepared.detailJson) as { transactionalId: string }).transactionalId);
    await sink.publish(publishOf(batch), [prepared]);
  }
  assert.deepEqual([...used].toSorted(), [ids.ofWriter('one', 0), ids.ofWriter('one', 1)]);
  assert.equal((await visible(8)).length, 8);
});

test('what was prepared for a batch that another attempt decided is aborted when the next batch is prepared', async (t) => {
  const { open, encode, visible, openIds } = await start(t);
  const [loser, winner] = [open(), open()];
  await loser.prepare(contextOf(0, 0, 0), await encode('lost'), signal);
  const won = await winner.prepare(contextOf(0, 0, 1), await encode('won'), signal);
  await winner.publish(
    { ...publishOf(0), executors: { driverEpoch: 1, present: ['executor-0', 'executor-1'], losses: 0 } },
    [won],
  );
  const next = await loser.prepare(contextOf(1), await encode('next'), signal);
  await loser.publish(publishOf(1), [next]);
  assert.deepEqual(await visible(2), ['won', 'next']);
  assert.deepEqual(await openIds(), []);
});

test('a new driver epoch ends what the one before left open, under the same batch', async (t) => {
  const { open, encode, visible } = await start(t);
  const sink = open();
  await sink.prepare(contextOf(3), await encode('of the old driver'), signal);
  const prepared = await sink.prepare({ ...contextOf(3), driverEpoch: 2 }, await encode('of the new one'), signal);
  await sink.publish(publishOf(3), [prepared]);
  assert.deepEqual(await visible(1), ['of the new one']);
});

test('an executor that only hears of the next batch ends what it has left open, and that batch alone stays', async (t) => {
  const { open, encode, openIds, ids } = await start(t);
  const idle = open('idle');
  await idle.prepare(contextOf(3), await encode('of the old driver'), signal);
  await idle.prepare({ ...contextOf(4), driverEpoch: 2 }, await encode('of this one'), signal);
  idle.pass!({ driverEpoch: 2, batchId: 4 });
  while ((await openIds()).length > 1) await systemClock.delay(5);
  assert.deepEqual(await openIds(), [ids.ofWriter('idle', 1)]);
  idle.pass!({ driverEpoch: 2, batchId: 5 });
  while ((await openIds()).length > 0) await systemClock.delay(5);
});

test('transactions of executors that are gone are ended after a publish, those of the others stay', async (t) => {
  const { open, encode, openIds, ids } = await start(t);
  const [gone, busy, publisher] = [open('gone'), open('busy'), open('publisher')];
  await gone.prepare(contextOf(0, 0, 0), await encode('lost'), signal);
  await busy.prepare(contextOf(0, 1), await encode('of a rival'), signal);
  const prepared = await publisher.prepare(contextOf(0, 0, 1), await encode('kept'), signal);
  const executors = { driverEpoch: 1, present: ['busy', 'publisher'], losses: 1 };
  await publisher.publish({ ...publishOf(0), executors }, [prepared]);
  // Until its markers are written an aborted transaction is not listed as open, nor any more after it.
  assert.deepEqual(await openIds(), [ids.ofWriter('busy', 0)]);
});

test('a new driver’s first publish ends what executors that it does not know have left open', async (t) => {
  const { open, encode, openIds } = await start(t);
  const [unknown, publisher] = [open('unknown'), open('publisher')];
  const first = await publisher.prepare(contextOf(0), await encode('a'), signal);
  await publisher.publish({ ...publishOf(0), executors: { driverEpoch: 1, present: ['publisher'], losses: 0 } }, [
    first,
  ]);
  await unknown.prepare(contextOf(1), await encode('of the driver before'), signal);
  const next = await publisher.prepare({ ...contextOf(1), driverEpoch: 2 }, await encode('b'), signal);
  const executors = { driverEpoch: 2, present: ['publisher'], losses: 0 };
  await publisher.publish({ ...publishOf(1), executors }, [next]);
  assert.deepEqual(await openIds(), []);
});

test('committed output whose transaction was aborted is written again, once, whoever publishes', async (t) => {
  const { client, open, encode, visible } = await start(t);
  const [first, second] = [open(), open()];
  // Something before, so that the records to be written again do not stand at offset 0.
  await first.publish(publishOf(-1), [await first.prepare(contextOf(-1), await encode('before'), signal)]);
  const expired = await first.prepare(contextOf(0, 0), await encode('a', 'b', 'c'), signal);
  const alive = await second.prepare(contextOf(0, 1), await encode('d'), signal);
  const { transactionalId } = JSON.parse(expired.detailJson) as { transactionalId: string };
  // What Kafka does to a transaction that is open for too long.
  await client.transactions.identify(transactionalId, 1_000);
  await Promise.allSettled([
    open().publish(publishOf(0), [expired, alive]),
    open().publish(publishOf(0), [expired, alive]),
  ]);
  await open().publish(publishOf(0), [expired, alive]);
  assert.deepEqual((await visible(5)).toSorted(), ['a', 'b', 'before', 'c', 'd']);
});

test('a publish that arrives after later batches were published does not write again', async (t) => {
  const { client, open, encode, visible } = await start(t);
  const sink = open();
  const expired = await sink.prepare(contextOf(0), await encode('a'), signal);
  const { transactionalId } = JSON.parse(expired.detailJson) as { transactionalId: string };
  await client.transactions.identify(transactionalId, 1_000);
  await sink.publish(publishOf(0), [expired]);
  await sink.publish(publishOf(1), [await sink.prepare(contextOf(1), await encode('b'), signal)]);
  await open().publish(publishOf(0), [expired]);
  await sink.publish(publishOf(2), [await sink.prepare(contextOf(2), await encode('c'), signal)]);
  assert.deepEqual(await visible(3), ['a', 'b', 'c']);
});

test('a batch that the topic already holds is not prepared again: the store has lost commits', async (t) => {
  const { open, encode, client, topic, ids } = await start(t);
  const sink = open();
  for (const batch of [4, 5]) {
    await sink.publish(publishOf(batch), [await sink.prepare(contextOf(batch), await encode('x'), signal)]);
  }
  // As everything of a transaction, its marker counts some ms after the end.
  while ((await client.transactions.marked(ids.group, { topic, partition: 0 }))?.offset !== 5)
    await systemClock.delay(5);
  await assert.rejects(open().prepare(contextOf(5), await encode('x'), signal), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'STORE_CORRUPT');
    assert.match(error.message, /already holds the output of batch 5, but the store is about to run batch 5/);
    return true;
  });
  await open().prepare(contextOf(6), await encode('x'), signal);
});

test('an executor that was written off cannot end, or write into, what it had opened', async (t) => {
  const { open, encode, visible, client } = await start(t);
  const [zombie, other] = [open('zombie'), open('other')];
  const late = await zombie.prepare(contextOf(0, 0, 0), await encode('late'), signal);
  const prepared = await other.prepare(contextOf(0, 0, 1), await encode('kept'), signal);
  await other.publish({ ...publishOf(0), executors: { driverEpoch: 1, present: ['other'], losses: 1 } }, [prepared]);
  const { transactionalId, producerId, producerEpoch } = JSON.parse(late.detailJson) as {
    transactionalId: string;
    producerId: string;
    producerEpoch: number;
  };
  const identity = { transactionalId, producerId: BigInt(producerId), producerEpoch };
  assert.equal(await client.transactions.end(identity, 'commit'), 'fenced');
  assert.deepEqual(await visible(1), ['kept']);
});
