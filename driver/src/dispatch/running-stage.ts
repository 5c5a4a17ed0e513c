import { type Stage, shuffleOutputsOf, shufflesReadBy, sourceInputOf } from '@millrace/shared/plan';
import { blocksFor, type StageOutputs, type TaskOutput } from '../shuffle/stage-outputs.ts';

/** A stage of a batch whose tasks were started, and the stages whose blocks they read. */
export type RunningStage = { stage: Stage; outputs: StageOutputs; feeds: readonly RunningStage[] };

/** Those of the stages that have shuffles which `stage` reads. */
export function feedsOf(stage: Stage, running: readonly RunningStage[]): RunningStage[] {
  const reads = shufflesReadBy(stage);
  return running.filter((other) => shuffleOutputsOf(other.stage).some(({ id }) => reads.includes(id)));
}

/**
 * Makes the blocks again that this executor incarnation held, in these stages and all that feed them: upstream first, since a task
 * that is made again reads what was made again before it.
 */
export function remakeLost(feeds: readonly RunningStage[], incarnation: string): void {
  for (const feed of feeds) {
    remakeLost(feed.feeds, incarnation);
    feed.outputs.remake(incarnation);
  }
}

/**
 * The outputs of all stages, in their order, once each rests on the others as they are pinned. A task of a source stage that is
 * made again gives the same rows: the same records, the same statements, one thread. One that meets state may add up its
 * doubles in another order, so what was made of the rows it gave before is made again as well.
 */
export async function settle(stages: readonly RunningStage[]): Promise<TaskOutput[][]> {
  for (;;) {
    await Promise.all(stages.map(({ outputs }) => outputs.pinned()));
    const settled = stages.flatMap(({ outputs }) => {
      const made = outputs.settled();
      return made === null ? [] : [made];
    });
    if (settled.length === stages.length && !stages.some(remakeStale)) return settled;
  }
}

/** Whether some tasks have to run again, which are started. */
function remakeStale({ stage, outputs, feeds }: RunningStage): boolean {
  const withState = feeds.filter((feed) => sourceInputOf(feed.stage) === null);
  if (withState.length === 0) return false;
  const pinned = withState.flatMap((feed) => feed.outputs.settled() ?? []);
  const ids = new Set(withState.map((feed) => feed.stage.id));
  const reads = shufflesReadBy(stage);
  return outputs.remakeWhere(({ blocks }, slice) => {
    const read = blocks.filter((block) => ids.has(block.stage)).map(({ name }) => name);
    const present = new Set(blocksFor(pinned, reads, slice).map(({ name }) => name));
    return read.length !== present.size || read.some((name) => !present.has(name));
  });
}
