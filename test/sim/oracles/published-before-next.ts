import { demand, newCommit, type Oracle } from './oracle.ts';

/** A batch is committed only after the output of the one before it is recorded as published. */
export const publishedBeforeNext: Oracle = {
  name: 'published before the next commit',
  beforeStep(evidence, step) {
    const commit = newCommit(evidence, step);
    const last = evidence.history.commits.at(-1);
    if (commit === null || !last) return;
    demand(
      last.published,
      () => `batch ${commit.entry.batchId} was committed before ${last.entry.batchId} was published`,
    );
  },
};
