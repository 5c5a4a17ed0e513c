import type { JobPlan } from '@millrace/shared/plan';
import {
  invalidSpec,
  type JobSpec,
  parseSpec,
  placeProblems,
  type SpecProblem,
  withFurther,
} from '@millrace/shared/spec';
import { compileJob, type SqlFrontend } from '@millrace/shared/sql';

/**
 * A spec text as a spec and its plan. INVALID_SPEC with every problem in `details.problems`, those that `alsoCheck` finds
 * beside those of the spec and its query.
 */
export async function compileText(
  text: string,
  fileName: string,
  frontend: SqlFrontend,
  alsoCheck: (spec: JobSpec) => Promise<SpecProblem[]> = async () => [],
): Promise<{ spec: JobSpec; plan: JobPlan }> {
  const parsed = parseSpec(text, fileName);
  const spec = parsed.ok ? parsed.spec : parsed.rest;
  if (spec === null) throw invalidSpec(parsed.ok ? [] : parsed.problems, fileName);
  const [compiled, others] = await Promise.all([compileJob(spec, frontend), alsoCheck(spec)]);
  if (parsed.ok && compiled.ok && others.length === 0) return { spec, plan: compiled.plan };
  const found = placeProblems([...(compiled.ok ? [] : compiled.problems), ...others], text, fileName);
  throw invalidSpec(withFurther(parsed.ok ? [] : parsed.problems, found), fileName);
}
