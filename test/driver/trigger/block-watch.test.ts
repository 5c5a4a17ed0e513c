import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '@millrace/shared/logging';
import { createBlockWatch } from '../../../driver/src/trigger/block-watch.ts';

const at = (...offsets: number[]) =>
  offsets.map((latest, partition) => ({ source: 's', topic: 't', partition, latest }));

/** A watch over brokers whose ends are what `world.ends` says, at the time `world.nowMs`. */
function watched() {
  const world = { nowMs: 0, ends: at(5, 5), asked: 0, told: [] as (string | undefined)[] };
  const look = createBlockWatch({
    offsets: {
      ends: async () => {
        world.asked += 1;
        return world.ends;
      },
    },
    clock: { monotonic: () => world.nowMs },
    events: { blocked: (error) => world.told.push(error?.code) },
    log: createLogger({ name: 'test', level: 'silent' }),
  });
  const seen = (...latest: number[]) => look(Promise.resolve(at(...latest)));
  return { world, seen };
}

test('ends are asked for once a second, and are never before what can be read', async () => {
  const { world, seen } = watched();
  assert.deepEqual(await seen(5, 4), [at(5, 4), at(5, 5)]);
  world.nowMs = 999;
  assert.deepEqual(await seen(8, 4), [at(8, 4), at(8, 5)]);
  assert.equal(world.asked, 1);
  world.nowMs = 1_000;
  world.ends = at(9, 9);
  assert.deepEqual(await seen(8, 4), [at(8, 4), at(9, 9)]);
  assert.equal(world.asked, 2);
});

test('a transaction that stays open is told once, and once more when it has ended', async () => {
  const { world, seen } = watched();
  world.ends = at(9, 5);
  for (world.nowMs = 0; world.nowMs < 9_500; world.nowMs += 1_000) await seen(5, 5);
  assert.deepEqual(world.told, []);
  for (; world.nowMs < 15_000; world.nowMs += 1_000) await seen(5, 5);
  assert.deepEqual(world.told, ['TRANSACTION_OPEN']);
  await seen(9, 5);
  assert.deepEqual(world.told, ['TRANSACTION_OPEN', undefined]);
});
