import { MillraceError } from '@millrace/shared/errors';
import { type JobPlan, type Stage, sourceInputOf } from '@millrace/shared/plan';

/** Of a task: the sources whose records it brings, and whether it serves state partitions. */
export type TaskReach = { sources: readonly string[]; servesState: boolean };

/**
 * The stages a task runs, in order: the one it names or, when it brings records and serves state, all of them. Nothing is
 * shuffled then, because such a task is the only one of its batch: sources of which it brings nothing have nothing.
 */
export function stagesOf({ stages }: JobPlan, id: string, { sources, servesState }: TaskReach): Stage[] {
  const named = stages.find((stage) => stage.id === id);
  if (!named) throw new MillraceError('INVALID_ARGUMENT', `The plan has no stage ${id}.`);
  if (sources.length === 0 || !servesState) return [named];
  const hasInput = (stage: Stage) => {
    const input = sourceInputOf(stage);
    return input === null || sources.includes(input.source);
  };
  const all = stages.filter(hasInput);
  if (all.filter((stage) => sourceInputOf(stage) !== null).length !== 1)
    throw new MillraceError('INVALID_ARGUMENT', 'A task brings the records of one source.');
  return all;
}
