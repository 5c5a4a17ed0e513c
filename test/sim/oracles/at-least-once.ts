import { demand, type Oracle } from './oracle.ts';

/** Kafka has every row of a batch by the time the batch is committed; rows may come more than once. */
export const atLeastOnce: Oracle = {
  name: 'at-least-once output',
  afterStep({ world, history, job }, step) {
    if (!job.shape.sinks.includes('produce') || step.method !== 'commit') return;
    const texts = new Set(world.kafka.output.rows().map(({ text }) => text));
    const { entry, output } = history.commits.at(-1)!;
    const lost = output.map((row) => JSON.stringify(row)).filter((text) => !texts.has(text));
    demand(lost.length === 0, () => `batch ${entry.batchId} is committed and the topic lacks ${lost.join(', ')}`);
  },
};
