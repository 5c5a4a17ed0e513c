import type { JobPlan, Stage } from '@millrace/shared/plan';
import type { StatefulOperator } from './slice-state.ts';

/** Operators that keep state, of a plan or of one stage, in the order in which they run. */
export function statefulOperators(of: JobPlan | Stage): StatefulOperator[] {
  const operators = 'stages' in of ? of.stages.flatMap((stage) => stage.operators) : of.operators;
  return operators.filter((operator): operator is StatefulOperator => operator.state !== null);
}
