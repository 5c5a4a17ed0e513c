import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { PreparedOutput } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { PublishBatch, Sink } from '../../../executor/src/sinks/sink.ts';
import { createTransactionalKafkaSink } from '../../../executor/src/sinks/transactional-kafka-sink.ts';
import { preparedTransaction } from '../../../executor/src/sinks/transactions/prepared-transaction.ts';
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
  const offsetOf = async (at: 'latest' | 'end') =>
    (await client.listOffsets([spec.topic], at)).find(({ partition }) => partition === 1)!.offset;
  /** Where readers wait, in the partition that all is written to: before the first record of an open transaction. */
  const stable = () => offsetOf('latest');
  const untilStable = async (offset?: number) => {
    while ((await stable()) < (offset ?? (await offsetOf('end')))) await systemClock.delay(5);
  };
  /** With all executors there. */
  const publishing = (batchId: number): PublishBatch => ({
    ...publishOf(batchId),
    executors: { driverEpoch: 1, present: executors, losses: 0 },
  });
  return { ...topic, open, ids, publishing, stable, untilStable, openIds: () => client.transactions.open(ids.prefix) };
}

/** As a driver does: what was prepared again is named in place of what was lost, and published. */
async function publishNamed(sink: Sink, batch: PublishBatch, prepared: readonly PreparedOutput[]): Promise<void> {
  const { preparedAgain = [] } = await sink.publish(batch, prepared);
  if (preparedAgain.length > 0) await publishNamed(sink, batch, withAgain(prepared, preparedAgain));
}

/** What Kafka does to a transaction that is open for too long. */
async function expire({ transactions }: KafkaClient, prepared: PreparedOutput): Promise<void> {
  await transactions.identify(preparedTransaction(prepared).identity.transactionalId, 1_000);
}

const withAgain = (prepared: readonly PreparedOutput[], again: readonly PreparedOutput[]) =>
  prepared.map((output) => again.find(({ attempt }) => attempt === output.attempt) ?? output);

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

test('what was prepared for a batch that another attempt decided is aborted once the next batch is committed', async (t) => {
  const { open, encode, visible, untilStable } = await start(t);
  const [loser, winner] = [open(), open()];
  await loser.prepare(contextOf(0, 0, 0), await encode('lost'), signal);
  const won = await winner.prepare(contextOf(0, 0, 1), await encode('won'), signal);
  await winner.publish(
    { ...publishOf(0), executors: { driverEpoch: 1, present: ['executor-0', 'executor-1'], losses: 0 } },
    [won],
  );
  const next = await loser.prepare(contextOf(1), await encode('next'), signal);
  loser.pass!({ driverEpoch: 1, batchId: 1 });
  await loser.publish(publishOf(1), [next]);
  assert.deepEqual(await visible(2), ['won', 'next']);
  await untilStable();
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
  const { open, encode, stable, untilStable } = await start(t);
  const idle = open('idle');
  await idle.prepare(contextOf(3), await encode('of the old driver'), signal);
  const kept = await idle.prepare({ ...contextOf(4), driverEpoch: 2 }, await encode('of this one'), signal);
  const { offset } = preparedTransaction(kept).begins[0]!;
  idle.pass!({ driverEpoch: 2, batchId: 4 });
  await untilStable(offset);
  assert.equal(await stable(), offset, 'the record of batch 4 is still held back');
  idle.pass!({ driverEpoch: 2, batchId: 5 });
  await untilStable();
});

test('transactions of executors that are gone are ended after a publish, those of the others stay', async (t) => {
  const { open, encode, stable, untilStable } = await start(t);
  const [gone, busy, publisher] = [open('gone'), open('busy'), open('publisher')];
  await gone.prepare(contextOf(0, 0, 0), await encode('lost'), signal);
  await busy.prepare(contextOf(0, 1), await encode('of a rival'), signal);
  const prepared = await publisher.prepare(contextOf(0, 0, 1), await encode('kept'), signal);
  const executors = { driverEpoch: 1, present: ['busy', 'publisher'], losses: 1 };
  await publisher.publish({ ...publishOf(0), executors }, [prepared]);
  await untilStable(1);
  assert.equal(await stable(), 1, 'the record of the rival is still held back');
});

test('a new driver’s first publish ends what executors that it does not know have left open', async (t) => {
  const { open, encode, untilStable } = await start(t);
  const [unknown, publisher] = [open('unknown'), open('publisher')];
  const first = await publisher.prepare(contextOf(0), await encode('a'), signal);
  await publisher.publish({ ...publishOf(0), executors: { driverEpoch: 1, present: ['publisher'], losses: 0 } }, [
    first,
  ]);
  await unknown.prepare(contextOf(1), await encode('of the driver before'), signal);
  const next = await publisher.prepare({ ...contextOf(1), driverEpoch: 2 }, await encode('b'), signal);
  const executors = { driverEpoch: 2, present: ['publisher'], losses: 0 };
  await publisher.publish({ ...publishOf(1), executors }, [next]);
  await untilStable();
});

test('committed output whose transaction was aborted is prepared again, and seen once it is named, whoever publishes', async (t) => {
  const { client, open, encode, visible, untilStable, publishing } = await start(t);
  const [first, second] = [open(), open()];
  // Something before, so that the records to be written again do not stand at offset 0.
  await first.publish(publishing(-1), [await first.prepare(contextOf(-1), await encode('before'), signal)]);
  const expired = await first.prepare(contextOf(0, 0), await encode('a', 'b', 'c'), signal);
  const alive = await second.prepare(contextOf(0, 1), await encode('d'), signal);
  await expire(client, expired);
  const rivals = [open(), open()];
  const [unnamed, named] = await Promise.all(
    rivals.map(async (rival) => (await rival.publish(publishing(0), [expired, alive])).preparedAgain!),
  );
  assert.deepEqual([unnamed!.length, named!.length], [1, 1]);
  await publishNamed(open(), publishing(0), withAgain([expired, alive], named!));
  for (const rival of rivals) rival.pass!({ driverEpoch: 1, batchId: 1 });
  assert.deepEqual((await visible(5)).toSorted(), ['a', 'b', 'before', 'c', 'd']);
  await untilStable();
  assert.equal((await visible()).length, 5);
});

test('what was prepared again can be lost again', async (t) => {
  const { client, open, encode, visible, publishing } = await start(t);
  const sink = open();
  const lost = await sink.prepare(contextOf(0), await encode('a', 'b'), signal);
  await expire(client, lost);
  const { preparedAgain: lostAgain = [] } = await sink.publish(publishing(0), [lost]);
  await expire(client, lostAgain[0]!);
  await publishNamed(sink, publishing(0), lostAgain);
  assert.deepEqual(await visible(2), ['a', 'b']);
});

test('a publish that arrives after later batches were published shows nothing again', async (t) => {
  const { client, open, encode, visible, untilStable, publishing } = await start(t);
  const sink = open();
  const expired = await sink.prepare(contextOf(0), await encode('a'), signal);
  await expire(client, expired);
  await publishNamed(sink, publishing(0), [expired]);
  await sink.publish(publishing(1), [await sink.prepare(contextOf(1), await encode('b'), signal)]);
  const late = open();
  await late.publish(publishing(0), [expired]);
  late.pass!({ driverEpoch: 1, batchId: 2 });
  await sink.publish(publishing(2), [await sink.prepare(contextOf(2), await encode('c'), signal)]);
  assert.deepEqual(await visible(3), ['a', 'b', 'c']);
  await untilStable();
  assert.equal((await visible()).length, 3);
});

test('the next batch is prepared while one is published, and the one after it passes both', async (t) => {
  const { open, encode, visible, untilStable, publishing } = await start(t);
  const sink = open();
  const one = await sink.prepare(contextOf(0), await encode('a'), signal);
  const next = await sink.prepare(contextOf(1), await encode('b'), signal);
  await sink.publish(publishing(0), [one]);
  await sink.publish(publishing(1), [next]);
  assert.deepEqual(await visible(2), ['a', 'b']);
  await sink.prepare(contextOf(2), await encode('lost'), signal);
  await sink.prepare(contextOf(3), await encode('lost too'), signal);
  await sink.publish(publishing(4), [await sink.prepare(contextOf(4), await encode('c'), signal)]);
  sink.pass!({ driverEpoch: 1, batchId: 4 });
  assert.deepEqual(await visible(3), ['a', 'b', 'c']);
  await untilStable();
});

test('what was begun early and aborted since costs no attempt', async (t) => {
  const { client, open, encode, visible, openIds, publishing } = await start(t);
  const sink = open();
  for (const batch of [0, 1]) {
    await sink.publish(publishing(batch), [await sink.prepare(contextOf(batch), await encode(`${batch}`), signal)]);
  }
  // As a new driver's first publish does that has not met this executor yet.
  while ((await openIds()).length < 2) await systemClock.delay(5);
  for (const id of await openIds()) await client.transactions.identify(id, 1_000);
  await sink.publish(publishing(2), [await sink.prepare(contextOf(2), await encode('2'), signal)]);
  assert.deepEqual(await visible(3), ['0', '1', '2']);
});

test('what was begun early and not used ends with the sink', async (t) => {
  const { open, encode, openIds } = await start(t);
  const sink = open();
  for (const batch of [0, 1, 2]) {
    await sink.publish(publishOf(batch), [await sink.prepare(contextOf(batch), await encode('x'), signal)]);
  }
  while ((await openIds()).length === 0) await systemClock.delay(5);
  await sink.close();
  while ((await openIds()).length > 0) await systemClock.delay(5);
});

test('a batch that the topic already holds is not prepared again: the store has lost commits', async (t) => {
  const { open, encode, client, topic, ids } = await start(t);
  const sink = open();
  for (const batch of [4, 5]) {
    await sink.publish(publishOf(batch), [await sink.prepare(contextOf(batch), await encode('x'), signal)]);
  }
  // Batches that follow each other closely are noted together.
  await sink.close();
  assert.equal(await client.committedOffset(ids.group, { topic, partition: 0 }), 5);
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
  assert.equal(await client.transactions.end(preparedTransaction(late).identity, 'commit'), 'fenced');
  assert.deepEqual(await visible(1), ['kept']);
});
