import type { TaskInput } from '@millrace/proto';
import type { LoggedRange } from '@millrace/shared/store';
import type { BatchRun } from './batch-run.ts';

/** What a task is given that reads these ranges: them, and the records among them that it must not touch. */
export function sourceInput(
  { batch, poison }: BatchRun,
  ranges: readonly LoggedRange[],
): Pick<TaskInput, 'batch' | 'ranges' | 'poison'> {
  return {
    batch,
    ranges: ranges.map(({ from, until, ...place }) => ({ ...place, fromOffset: from, untilOffset: until })),
    poison: poison.filter((record) => ranges.some((range) => holds(range, record))),
  };
}

const holds = (range: LoggedRange, at: { source: string; topic: string; partition: number; offset: number }): boolean =>
  range.source === at.source &&
  range.topic === at.topic &&
  range.partition === at.partition &&
  range.from <= at.offset &&
  at.offset < range.until;
