import assert from 'node:assert/strict';
import test from 'node:test';
import { type BatchOf, createWriterPool } from '../../../../executor/src/sinks/transactions/writer-pool.ts';

/** A coordinator that counts epochs; `failures` next answers are errors. */
function startPool() {
  const epochs = new Map<string, number>();
  const coordinator = { failures: 0, epochs, nowMs: 0, aborted: [] as string[] };
  const pool = createWriterPool({
    name: (index) => `id-${index}`,
    begin: async (transactionalId) => {
      if (coordinator.failures > 0) {
        coordinator.failures -= 1;
        throw new Error('no coordinator');
      }
      const producerEpoch = (epochs.get(transactionalId) ?? -1) + 1;
      epochs.set(transactionalId, producerEpoch);
      return { identity: { transactionalId, producerId: 1n, producerEpoch }, partitions: new Set() };
    },
    abort: async (identity) => void coordinator.aborted.push(nameOf(identity)),
    clock: { monotonic: () => coordinator.nowMs },
    freshMs: 100,
  });
  const take = async (batch: BatchOf) => (await pool.take(batch)).identity;
  return { pool: { ...pool, take }, coordinator };
}

const batch = (batchId: number, driverEpoch = 1) => ({ driverEpoch, batchId });
const nameOf = ({ transactionalId, producerEpoch }: { transactionalId: string; producerEpoch: number }) =>
  `${transactionalId}@${producerEpoch}`;

test('tasks of one batch have ids of their own', async () => {
  const { pool } = startPool();
  const taken = await Promise.all([pool.take(batch(0)), pool.take(batch(0)), pool.take(batch(0))]);
  assert.deepEqual(taken.map(nameOf), ['id-0@0', 'id-1@0', 'id-2@0']);
});

test('no identity is given twice, and batches in turn use two ids', async () => {
  const { pool } = startPool();
  const names: string[] = [];
  for (let id = 0; id < 4; id++) {
    const identity = await pool.take(batch(id));
    names.push(nameOf(identity));
    pool.free(identity);
  }
  assert.deepEqual(names, ['id-0@0', 'id-1@0', 'id-0@1', 'id-1@1']);
});

test('a batch takes over what the ones before the last did not free; the last may still be published', async () => {
  const { pool } = startPool();
  await pool.take(batch(0));
  await pool.take(batch(0));
  assert.equal(nameOf(await pool.take(batch(1))), 'id-2@0');
  await pool.take(batch(2));
  assert.equal(nameOf(await pool.take(batch(2))), 'id-0@1');
});

test('a newer driver epoch takes over even under the same batch, an older one nothing', async () => {
  const { pool, coordinator } = startPool();
  await pool.take(batch(5, 2));
  await pool.take(batch(5, 1));
  assert.equal(coordinator.epochs.get('id-0'), 0);
  await pool.take(batch(5, 3));
  assert.equal(coordinator.epochs.get('id-0'), 1);
});

test('an id whose identity could not be had is asked for again', async () => {
  const { pool, coordinator } = startPool();
  coordinator.failures = 1;
  await assert.rejects(pool.take(batch(0)));
  const names = [nameOf(await pool.take(batch(0))), nameOf(await pool.take(batch(0)))];
  assert.deepEqual(names.toSorted(), ['id-0@0', 'id-1@0']);
});

test('freeing what belongs to another process, is free, or was given before does nothing', async () => {
  const { pool, coordinator } = startPool();
  const first = await pool.take(batch(0));
  pool.free({ ...first, transactionalId: 'another' });
  assert.equal(coordinator.epochs.get('id-0'), 0);
  // A newer driver runs the batch again, in the same id.
  pool.pass(batch(0, 2));
  await pool.take(batch(0, 2));
  const again = await pool.take(batch(0, 2));
  assert.equal(nameOf(again), 'id-0@1');
  pool.free(first);
  assert.equal(coordinator.epochs.get('id-0'), 1, 'the end of the old attempt does not touch the new one');
  pool.free(again);
  pool.free(again);
  assert.equal(coordinator.epochs.get('id-0'), 2);
});

test('a transaction that has waited for too long is begun anew before it is used', async () => {
  const { pool, coordinator } = startPool();
  assert.equal(nameOf(await pool.take(batch(0))), 'id-0@0');
  coordinator.nowMs = 101;
  assert.equal(nameOf(await pool.take(batch(0))), 'id-1@1');
});

test('what was begun and not taken is aborted at the end, what is taken stays', async () => {
  const { pool, coordinator } = startPool();
  await pool.take(batch(0));
  await pool.close();
  assert.deepEqual(coordinator.aborted, ['id-1@0']);
});
