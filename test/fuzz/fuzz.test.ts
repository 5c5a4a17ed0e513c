import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCorpus } from './corpus.ts';
import { inputAt } from './fuzz-input.ts';
import { TARGETS } from './targets.ts';

/** Long enough to find what is broken thoroughly, short enough for every run: some two seconds. */
const INPUTS = { decoder: 1_200, spec: 150 } as Record<string, number>;
const SEED = 20_260_101;

for (const target of TARGETS) {
  const corpus = readCorpus(target.name);
  const seeds = corpus.map(({ bytes }) => bytes);

  for (const { name, bytes } of corpus) {
    test(`${target.name}: ${name} does no harm`, () => target.check(bytes));
  }

  test(`${target.name}: ${INPUTS[target.name]} inputs made of them do no harm`, () => {
    for (let index = 0; index < INPUTS[target.name]!; index++) {
      const input = inputAt(target, seeds, SEED, index);
      try {
        target.check(input);
      } catch (error) {
        assert.fail(`input ${index}, base64 ${input.toString('base64').slice(0, 2_000)}: ${error}`);
      }
    }
  });

  test(`${target.name}: an input follows from seed and index alone`, () => {
    const [first, again, other] = [SEED, SEED, SEED + 1].map((seed) => inputAt(target, seeds, seed, 7));
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });
}
