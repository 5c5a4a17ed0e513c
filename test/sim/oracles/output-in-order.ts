import { demand, type Oracle } from './oracle.ts';

/** Readers of a topic find a later value of a key behind the earlier ones: batches lie in it in the order of their commits. */
export const outputInOrder: Oracle = {
  name: 'output in order',
  atEnd({ world, job }) {
    if (!job.shape.sinks.includes('transactions')) return;
    const batches = world.kafka.output.rows().flatMap(({ key, fate }) => (fate === 'committed' ? [Number(key)] : []));
    for (const [index, batch] of batches.entries()) {
      const before = batches[index - 1] ?? batch;
      demand(before <= batch, () => `a row of batch ${batch} lies behind one of batch ${before}`);
    }
  },
};
