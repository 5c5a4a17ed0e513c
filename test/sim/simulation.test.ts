import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { runSeed } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';

/** Some fifteen seconds of two cores; `npm run sim -- --seeds 100000` is for changes of the protocol. */
const SEEDS = 1_500;
/** On a machine that is busy with much else. ms. */
const TIMEOUT_MS = 5 * 60_000;

test(`${SEEDS} seeds keep every promise`, { timeout: TIMEOUT_MS }, async () => {
  const { failed, batches } = await runSeeds({ from: 1, count: SEEDS }, availableParallelism());
  const told = failed.map(
    ({ seed, failure }) => `npm run sim -- --seed ${seed}  (${failure?.oracle}: ${failure?.message})`,
  );
  assert.deepEqual(told, []);
  assert.ok(batches > 5 * SEEDS, `only ${batches} batches were committed`);
});

test('a seed replays event by event', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const [first, second] = [await runSeed(seed), await runSeed(seed)];
    assert.deepEqual(second, first);
  }
  assert.notEqual((await runSeed(1)).traceHash, (await runSeed(2)).traceHash);
});
