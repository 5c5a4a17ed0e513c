// How the stages of a plan hang together.
import {
  type JobPlan,
  type NamedOutput,
  ONLY_OUTPUT,
  type ShuffleInput,
  type ShuffleOutput,
  type SinkOutput,
  type SourceInput,
  type Stage,
} from './job-plan.ts';

export function outputsOf({ output, outputs }: Pick<JobPlan, 'output' | 'outputs'>): NamedOutput[] {
  return outputs ?? [{ name: ONLY_OUTPUT, ...output }];
}

/** Null: the stage reads shuffles. */
export function sourceInputOf({ inputs }: Pick<Stage, 'inputs'>): SourceInput | null {
  const [first] = inputs;
  return first?.kind === 'source' ? first : null;
}

export function shuffleInputsOf({ inputs }: Pick<Stage, 'inputs'>): ShuffleInput[] {
  return inputs.filter((input) => input.kind === 'shuffle');
}

export function shuffleOutputsOf({ outputs }: Pick<Stage, 'outputs'>): ShuffleOutput[] {
  return outputs.filter((output) => output.kind === 'shuffle');
}

/** None: none of its rows go to a sink. */
export function sinkOutputsOf({ outputs }: Pick<Stage, 'outputs'>): Required<SinkOutput>[] {
  return outputs.flatMap((one) => (one.kind === 'sink' ? { output: ONLY_OUTPUT, ...one } : []));
}

/** Ids of the shuffles that the stage reads, in the order of its inputs. */
export function shufflesReadBy(stage: Pick<Stage, 'inputs'>): string[] {
  return shuffleInputsOf(stage).flatMap(({ shuffles }) => shuffles);
}
