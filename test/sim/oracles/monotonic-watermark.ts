import { demand, newCommit, type Oracle } from './oracle.ts';

/** A committed watermark never moves back, and is the one that was logged. */
export const monotonicWatermark: Oracle = {
  name: 'watermark monotonic',
  beforeStep(evidence, step) {
    const commit = newCommit(evidence, step);
    if (commit === null) return;
    const { batchId, watermarkMs } = commit.entry;
    const { history } = evidence;
    const logged = history.intents.get(batchId)?.watermarkMs ?? null;
    demand(watermarkMs === logged, () => `batch ${batchId} has watermark ${watermarkMs}, ${logged} was logged`);
    const before = history.commits.at(-1)?.entry.watermarkMs ?? null;
    const moved = before === null || (watermarkMs !== null && watermarkMs >= before);
    demand(moved, () => `the watermark went from ${before} to ${watermarkMs} in batch ${batchId}`);
  },
};
