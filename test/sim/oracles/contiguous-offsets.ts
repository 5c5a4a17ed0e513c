import { demand, newCommit, type Oracle } from './oracle.ts';

const keyOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

/** Batches count without gaps; each reads what was logged for it, from where the one before it ended. */
export const contiguousOffsets: Oracle = {
  name: 'offsets contiguous',
  beforeStep(evidence, step) {
    const { history } = evidence;
    if (step.method === 'logOffsets') {
      const logged = history.intents.get(step.result.batchId);
      const same = logged === undefined || JSON.stringify(logged) === JSON.stringify(step.result);
      demand(same, () => `the intent of batch ${step.result.batchId} changed after it was logged`);
    }
    if (step.method === 'commit' && newCommit(evidence, step) === null) {
      const { batchId, token } = step.args[2];
      demand(history.commits[batchId]?.entry.token === token, () => `batch ${batchId} was committed twice`);
    }
    const commit = newCommit(evidence, step);
    if (commit === null) return;
    const { batchId, positions } = commit.entry;
    demand(batchId === history.commits.length, () => `batch ${batchId} came after ${history.commits.length - 1}`);
    const intent = history.intents.get(batchId);
    demand(intent !== undefined, () => `batch ${batchId} was committed without an intent`);
    const before = new Map(history.commits.at(-1)?.entry.positions.map((at) => [keyOf(at), at.offset]));
    const after = new Map(positions.map((at) => [keyOf(at), at.offset]));
    for (const range of intent!.ranges) {
      const from = before.get(keyOf(range)) ?? 0;
      const gap = () => `batch ${batchId} read ${keyOf(range)} from ${range.from}, not from ${from}`;
      demand(range.from === from, gap);
      const end = after.get(keyOf(range));
      demand(end === range.until, () => `batch ${batchId} read ${keyOf(range)} to ${range.until} and noted ${end}`);
    }
    for (const key of before.keys()) demand(after.has(key), () => `batch ${batchId} forgot the position of ${key}`);
  },
};
