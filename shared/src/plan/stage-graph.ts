// How the stages of a plan hang together.
import type { ShuffleInput, ShuffleOutput, SinkOutput, SourceInput, Stage } from './job-plan.ts';

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

/** Null: none of its rows go to the sink. */
export function sinkOutputOf({ outputs }: Pick<Stage, 'outputs'>): SinkOutput | null {
  return outputs.find((output) => output.kind === 'sink') ?? null;
}

/** Ids of the shuffles that the stage reads, in the order of its inputs. */
export function shufflesReadBy(stage: Pick<Stage, 'inputs'>): string[] {
  return shuffleInputsOf(stage).flatMap(({ shuffles }) => shuffles);
}
