import type { JobPlan } from '@millrace/shared/plan';
import { invalidSpec, type JobSpec, parseSpec, placeProblems } from '@millrace/shared/spec';
import { compileJob, type SqlFrontend } from '@millrace/shared/sql';

/** A spec text as a spec and its plan. INVALID_SPEC with every problem in `details.problems`. */
export async function compileText(
  text: string,
  fileName: string,
  frontend: SqlFrontend,
): Promise<{ spec: JobSpec; plan: JobPlan }> {
  const parsed = parseSpec(text, fileName);
  if (!parsed.ok) throw invalidSpec(parsed.problems, fileName);
  const compiled = await compileJob(parsed.spec, frontend);
  if (!compiled.ok) throw invalidSpec(placeProblems(compiled.problems, text, fileName), fileName);
  return { spec: parsed.spec, plan: compiled.plan };
}
