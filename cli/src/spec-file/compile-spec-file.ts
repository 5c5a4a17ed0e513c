import type { JobPlan } from '@millrace/shared/plan';
import { parseSpec, placeProblems, type SpecProblem } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import type { CliContext } from '../cli-context.ts';
import type { SpecFile } from './read-spec-file.ts';

export type Compiled = { ok: true; plan: JobPlan; jobName: string } | { ok: false; problems: SpecProblem[] };

/** All that can be checked without a driver and without Kafka: the spec, then its SQL. */
export async function compileSpecFile({ env }: CliContext, { text, fileName }: SpecFile): Promise<Compiled> {
  const parsed = parseSpec(text, fileName, { environment: env });
  if (!parsed.ok) return parsed;
  const frontend = await openDuckDbFrontend();
  try {
    const compiled = await compileJob(parsed.spec, frontend);
    if (!compiled.ok) return { ok: false, problems: placeProblems(compiled.problems, text, fileName) };
    return { ok: true, plan: compiled.plan, jobName: parsed.spec.name };
  } finally {
    frontend.close();
  }
}
