import { type OutputSpec, outputPath } from '../spec/job-spec.ts';
import { Refused } from './relations/compiler-context.ts';

/** One after the other. What is refused of any of them is thrown at the end, each at its own place in the spec. */
export async function ofEachOutput<One extends { spec: OutputSpec }, Made>(
  outputs: readonly One[],
  step: (output: One, index: number) => Promise<Made>,
): Promise<Made[]> {
  const refused: Refused['refusals'] = [];
  const made: Made[] = [];
  for (const [index, output] of outputs.entries()) {
    try {
      made.push(await step(output, index));
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      refused.push(
        ...thrown.refusals.map((one) =>
          one.location === null ? { ...one, path: outputPath(output.spec, one.path ?? 'query') } : one,
        ),
      );
    }
  }
  if (refused.length > 0) throw new Refused(...refused);
  return made;
}
