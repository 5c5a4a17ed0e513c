import type { JobPlan } from '@millrace/shared/plan';
import { invalidSpec, type JobSpec, parseSpec, placeProblems, type SpecProblem } from '@millrace/shared/spec';
import { compileJob, type SqlFrontend } from '@millrace/shared/sql';

/**
 * A spec text as a spec and its plan. INVALID_SPEC with every problem in `details.problems`, those that `alsoCheck` finds
 * beside those of the query.
 */
export async function compileText(
  text: string,
  fileName: string,
  frontend: SqlFrontend,
  alsoCheck: (spec: JobSpec) => Promise<SpecProblem[]> = async () => [],
): Promise<{ spec: JobSpec; plan: JobPlan }> {
  const parsed = parseSpec(text, fileName);
  if (!parsed.ok) throw invalidSpec(parsed.problems, fileName);
  const [compiled, others] = await Promise.all([compileJob(parsed.spec, frontend), alsoCheck(parsed.spec)]);
  if (compiled.ok && others.length === 0) return { spec: parsed.spec, plan: compiled.plan };
  const problems = [...(compiled.ok ? [] : compiled.problems), ...others];
  throw invalidSpec(placeProblems(problems, text, fileName), fileName);
}
