import type { Block, TaskResult } from '@millrace/proto';

/** What the map tasks of a batch made. One attempt of each is pinned; a lost one is made again. */
export type MapOutputs = {
  /** The pinned result of every task; waits for those still running. Rejects when one failed for good. */
  results(): Promise<TaskResult[]>;
  /** Blocks of one slice, in task order. */
  blocksOf(slice: number): Promise<Block[]>;
  /** Blocks held by this executor incarnation are gone: run the tasks that made them again. */
  remake(incarnation: string): void;
};

/**
 * Starts all tasks. Making a lost block again is sound because the map stage is deterministic: the same range and the same
 * statements in one thread give the same rows.
 */
export function createMapOutputs(
  stage: string,
  tasks: number,
  runMap: (index: number) => Promise<TaskResult>,
): MapOutputs {
  const start = (index: number) => {
    const running = runMap(index);
    running.catch(() => {}); // awaited in results(); a rejection before that is not unhandled
    return running;
  };
  const pinned = Array.from({ length: tasks }, (_, index) => start(index));
  const done: (TaskResult | undefined)[] = [];
  pinned.forEach((running, index) => void remember(running, index));

  function remember(running: Promise<TaskResult>, index: number): Promise<void> {
    return running.then(
      (result) => {
        if (pinned[index] === running) done[index] = result;
      },
      () => {},
    );
  }

  return {
    results: () => Promise.all(pinned),
    async blocksOf(slice) {
      const results = await Promise.all(pinned);
      return results
        .flatMap((result) => result.blocks.filter((block) => block.slice === slice))
        .map((block) => ({ ...block, stage }));
    },
    remake(incarnation) {
      done.forEach((result, index) => {
        if (!result?.blocks.some((block) => block.incarnation === incarnation && block.inline.length === 0)) return;
        done[index] = undefined;
        const running = start(index);
        pinned[index] = running;
        void remember(running, index);
      });
    },
  };
}
