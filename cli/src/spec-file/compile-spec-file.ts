import type { JobPlan } from '@millrace/shared/plan';
import { parseSpec, placeProblems, type SpecProblem, withFurther } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import type { CliContext } from '../cli-context.ts';
import type { SpecFile } from './read-spec-file.ts';

export type Compiled = { ok: true; plan: JobPlan; jobName: string } | { ok: false; problems: SpecProblem[] };

/** All that can be checked without a driver and without Kafka: the spec, then its SQL. */
export async function compileSpecFile({ env }: CliContext, { text, fileName }: SpecFile): Promise<Compiled> {
  const parsed = parseSpec(text, fileName, { environment: env });
  const problems = parsed.ok ? [] : parsed.problems;
  const spec = parsed.ok ? parsed.spec : parsed.rest;
  if (spec === null) return { ok: false, problems };
  const frontend = await openDuckDbFrontend();
  try {
    const compiled = await compileJob(spec, frontend);
    if (compiled.ok && parsed.ok) return { ok: true, plan: compiled.plan, jobName: spec.name };
    const found = compiled.ok ? [] : placeProblems(compiled.problems, text, fileName);
    return { ok: false, problems: withFurther(problems, found) };
  } finally {
    frontend.close();
  }
}
