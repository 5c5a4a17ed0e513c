import { MillraceError } from '@millrace/shared/errors';
import type { JobPlan, Stage } from '@millrace/shared/plan';

/**
 * The stages a task runs, in order: the one it names or, when that reads a shuffle and the task brings records, all from
 * the source on. Nothing is shuffled then, because such a task is the only one of its batch.
 */
export function stagesOf(plan: JobPlan, id: string, bringsRecords: boolean): Stage[] {
  const stages = [stageOf(plan, id)];
  if (!bringsRecords) return stages;
  for (let { input } = stages[0]!; input.kind === 'shuffle'; { input } = stages[0]!) {
    stages.unshift(stageOf(plan, input.fromStage));
  }
  return stages;
}

function stageOf(plan: JobPlan, id: string): Stage {
  const stage = plan.stages.find((candidate) => candidate.id === id);
  if (!stage) throw new MillraceError('INVALID_ARGUMENT', `The plan has no stage ${id}.`);
  return stage;
}
