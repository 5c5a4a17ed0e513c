import { TOPIC } from '../cluster/job-shape.ts';
import { demand, type Evidence, type Oracle } from './oracle.ts';

/** Once all is well again, all input is committed and published within this. ms. */
export const PROGRESS_MAX_MS = 60_000;

/** All input is committed, and published. */
export function isThrough({ world, history }: Evidence): boolean {
  const last = history.commits.at(-1);
  if (!last?.published) return false;
  const offsets = new Map(last.entry.positions.map(({ partition, offset }) => [partition, offset]));
  return world.kafka.partitions(TOPIC).every(({ end }, partition) => (offsets.get(partition) ?? 0) === end);
}

export const progress: Oracle = {
  name: 'progress after healing',
  atEnd(evidence) {
    const last = evidence.history.commits.at(-1);
    const stands = last ? `batch ${last.entry.batchId}, published: ${last.published}` : 'no batch';
    demand(isThrough(evidence), () => `${PROGRESS_MAX_MS} ms after all was well the job stands at ${stands}`);
  },
};
