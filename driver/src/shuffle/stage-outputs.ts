import type { Block, TaskResult } from '@millrace/proto';

/** What one task of a stage made of the blocks it was given. `result` is null where it had nothing to do. */
export type TaskOutput = { result: TaskResult | null; blocks: readonly Block[] };

/** What the tasks of one stage of a batch made. One attempt of each is pinned; a lost one is made again. */
export type StageOutputs = {
  /** The pinned output of every task; waits for those still running. Rejects when one failed for good. */
  pinned(): Promise<TaskOutput[]>;
  /** The same while no task is running, else null. */
  settled(): TaskOutput[] | null;
  /** Blocks of one slice in these shuffles, in task order. */
  blocksOf(shuffles: readonly string[], slice: number): Promise<Block[]>;
  /** Blocks held by this executor incarnation are gone: run the tasks that made them again. */
  remake(incarnation: string): void;
  /** Runs tasks again whose output is there and does not count; gives whether there are any. */
  remakeWhere(matches: (output: TaskOutput, task: number) => boolean): boolean;
};

/** Starts all tasks. */
export function createStageOutputs(tasks: number, run: (task: number) => Promise<TaskOutput>): StageOutputs {
  const done: (TaskOutput | null)[] = new Array(tasks).fill(null);
  const start = (index: number): Promise<TaskOutput> => {
    done[index] = null;
    const task = run(index);
    task.then(
      (output) => {
        done[index] = output;
      },
      () => {}, // awaited in pinned(); a rejection before that is not unhandled
    );
    return task;
  };
  const running = Array.from({ length: tasks }, (_, index) => start(index));

  const remakeWhere: StageOutputs['remakeWhere'] = (matches) => {
    const again = done.flatMap((output, index) => (output !== null && matches(output, index) ? [index] : []));
    for (const index of again) running[index] = start(index);
    return again.length > 0;
  };
  const pinned = async (): Promise<TaskOutput[]> => {
    for (;;) {
      const seen = [...running];
      const outputs = await Promise.all(seen);
      if (seen.every((task, index) => task === running[index])) return outputs;
    }
  };

  return {
    pinned,
    settled: () => {
      const outputs = done.filter((output) => output !== null);
      return outputs.length === tasks ? outputs : null;
    },
    async blocksOf(shuffles, slice) {
      return blocksFor(await pinned(), shuffles, slice);
    },
    remake: (incarnation) => void remakeWhere(({ result }) => result !== null && isHeldBy(result, incarnation)),
    remakeWhere,
  };
}

/** Blocks of one slice in these shuffles, in task order. */
export function blocksFor(outputs: readonly TaskOutput[], shuffles: readonly string[], slice: number): Block[] {
  const blocks = outputs.flatMap(({ result }) => result?.blocks ?? []);
  return blocks.filter((block) => block.slice === slice && shuffles.includes(block.shuffle));
}

const isHeldBy = ({ blocks }: TaskResult, incarnation: string): boolean =>
  blocks.some((block) => block.incarnation === incarnation && block.inline.length === 0);
