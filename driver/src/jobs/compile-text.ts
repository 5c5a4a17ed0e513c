import type { JobPlan } from '@millrace/shared/plan';
import { invalidSpec, type JobSpec, type SpecProblem } from '@millrace/shared/spec';
import { compileSpecText, type SqlFrontend } from '@millrace/shared/sql';

/**
 * A spec text as a spec and its plan. INVALID_SPEC with every problem in `details.problems`, those that `alsoCheck` finds
 * beside those of the spec and its query.
 */
export type CompileText = (
  text: string,
  fileName: string,
  alsoCheck?: (spec: JobSpec) => Promise<SpecProblem[]>,
) => Promise<{ spec: JobSpec; plan: JobPlan }>;

export function compilerOver(frontend: SqlFrontend): CompileText {
  return async (text, fileName, alsoCheck) => {
    const compiled = await compileSpecText(text, fileName, frontend, alsoCheck && { alsoCheck });
    if (!compiled.ok) throw invalidSpec(compiled.problems, fileName);
    return { spec: compiled.spec, plan: compiled.plan };
  };
}
