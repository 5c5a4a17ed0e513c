import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { type ProducerIdentity, stampBatches } from '@millrace/shared/kafka';
import { clientOf, kafkaUnderTest, readValues, writeValues } from '../kafka-under-test.ts';

const TIMEOUT_MS = 60_000;

async function start(t: TestContext) {
  const { kafka, topic, brokers } = await kafkaUnderTest(t, { partitions: 2 });
  const { transactions } = kafka;
  const id = `tid/${randomUUID()}`;
  /** Opens a transaction, or writes more into it. */
  const write = async (identity: ProducerIdentity, values: readonly string[], partition = 0, firstSequence = 0) => {
    const batches = writeValues(values).map((batch) => Buffer.from(batch));
    stampBatches(batches, identity, firstSequence);
    await transactions.addPartitions(identity, [{ topic, partition }]);
    await kafka.produce([{ topic, partition, batches }], { acks: -1, transactionalId: identity.transactionalId });
  };
  const seen = (partition = 0) => readValues(kafka, topic, partition);
  return { kafka, transactions, topic, brokers, id, write, seen };
}

test('what is written counts once the transaction is committed, by whoever knows its identity', async (t) => {
  const { transactions, brokers, id, write, seen } = await start(t);
  const identity = await transactions.identify(id, TIMEOUT_MS);
  await write(identity, ['a', 'b']);
  await write(identity, ['c'], 1);
  assert.deepEqual(await seen(), []);
  const other = await clientOf(t, brokers);
  assert.equal(await other.transactions.end(identity, 'commit'), 'ended');
  assert.equal(await other.transactions.end(identity, 'commit'), 'ended', 'again is fine');
  // The next identity waits for the markers of the transaction before it.
  await transactions.identify(id, TIMEOUT_MS);
  assert.deepEqual(await seen(), ['a', 'b']);
  assert.deepEqual(await seen(1), ['c']);
});

test('the next identity aborts what is open and shuts the one before out', async (t) => {
  const { transactions, id, write, seen } = await start(t);
  const zombie = await transactions.identify(id, TIMEOUT_MS);
  await write(zombie, ['lost']);
  const next = await transactions.identify(id, TIMEOUT_MS);
  assert.equal(await transactions.end(zombie, 'commit'), 'fenced');
  await assert.rejects(write(zombie, ['late'], 0, 1), { code: 'SINK_UNAVAILABLE' });
  await write(next, ['kept']);
  assert.equal(await transactions.end(next, 'commit'), 'ended');
  await transactions.identify(id, TIMEOUT_MS);
  assert.deepEqual(await seen(), ['kept']);
});

test('a late commit of one transaction does not touch the next under the same id', async (t) => {
  const { transactions, id, write, seen } = await start(t);
  const first = await transactions.identify(id, TIMEOUT_MS);
  await write(first, ['a']);
  await transactions.end(first, 'commit');
  const second = await transactions.identify(id, TIMEOUT_MS);
  await write(second, ['b']);
  assert.equal(await transactions.end(first, 'commit'), 'fenced');
  assert.deepEqual(await seen(), ['a']);
  await transactions.end(second, 'abort');
});

test('open transactions are listed by the start of their id', async (t) => {
  const { transactions, id, write } = await start(t);
  const [one, two] = [
    await transactions.identify(`${id}/1`, TIMEOUT_MS),
    await transactions.identify(`${id}/2`, 9_000),
  ];
  assert.deepEqual(await transactions.open(id), []);
  await write(one, ['x']);
  await write(two, ['y']);
  assert.deepEqual((await transactions.open(id)).toSorted(), [`${id}/1`, `${id}/2`]);
  await transactions.end(one, 'commit');
  await transactions.identify(`${id}/2`, TIMEOUT_MS);
  await transactions.identify(`${id}/1`, TIMEOUT_MS);
  assert.deepEqual(await transactions.open(id), []);
});

test('a timeout that the brokers do not allow is refused with the way out', async (t) => {
  const { transactions, id } = await start(t);
  await assert.rejects(transactions.identify(id, 2_000_000_000), (error: { code?: string; hint?: string }) => {
    assert.equal(error.code, 'KAFKA_REFUSED');
    assert.match(error.hint ?? '', /transaction\.max\.timeout\.ms/);
    return true;
  });
});
