import type { FuzzTarget } from '../fuzz-target.ts';

const [WRONG, DEADLY, ENDLESS] = [3, 5, 8];

/** Goes wrong in each way there is, once: what a fuzzer must notice. */
export const target: FuzzTarget = {
  name: 'spec',
  mutate: (_, dice) => Buffer.from([dice.between(0, 255)]),
  check: ([byte = 0]) => {
    const kind = byte % 16;
    if (kind === WRONG) throw new Error('this came out wrong');
    if (kind === DEADLY) process.kill(process.pid, 'SIGSEGV');
    while (kind === ENDLESS);
  },
};
