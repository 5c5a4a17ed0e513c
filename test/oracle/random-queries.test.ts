import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FOUND_CASES } from './found-cases.ts';
import { ask, openRig, type Rig, runQuerySeed } from './run-query-seed.ts';

/** Some of each kind; `npm run oracle` runs as many as you like. */
const SEEDS = 30;

let rig: Rig;
before(async () => {
  rig = await openRig();
});
after(() => rig.close());

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`random query ${seed}`, async () => {
    const { query, failure } = await runQuerySeed(seed, rig);
    assert.equal(failure, null, query);
  });
}

for (const { name, run, mode, left, ...question } of FOUND_CASES) {
  test(name, async () => {
    assert.deepEqual(await ask(question, mode, run, rig, left), { mode, failure: null }, question.query);
  });
}
