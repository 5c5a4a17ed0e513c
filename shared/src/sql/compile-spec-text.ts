import type { JobPlan } from '../plan/index.ts';
import type { JobSpec, SpecProblem } from '../spec/job-spec.ts';
import { type ParseOptions, parseSpec, withFurther } from '../spec/parse-spec.ts';
import { placeProblems } from '../spec/place-problems.ts';
import { compileJob } from './compile-job.ts';
import type { SqlFrontend } from './frontend.ts';

export type SpecTextCompiled = { ok: true; spec: JobSpec; plan: JobPlan } | { ok: false; problems: SpecProblem[] };

export type SpecTextOptions = ParseOptions & {
  /** Looks for more than the text can tell, at the same time. */
  alsoCheck?(spec: JobSpec): Promise<SpecProblem[]>;
};

/** A spec text as a spec and its plan, or every problem of its form, its query and what `alsoCheck` finds, in the order of the text. */
export async function compileSpecText(
  text: string,
  fileName: string,
  frontend: SqlFrontend,
  { alsoCheck = async () => [], ...options }: SpecTextOptions = {},
): Promise<SpecTextCompiled> {
  const parsed = parseSpec(text, fileName, options);
  const problems = parsed.ok ? [] : parsed.problems;
  const spec = parsed.ok ? parsed.spec : parsed.rest;
  if (spec === null) return { ok: false, problems };
  const [compiled, others] = await Promise.all([compileJob(spec, frontend), alsoCheck(spec)]);
  if (parsed.ok && compiled.ok && others.length === 0) return { ok: true, spec, plan: compiled.plan };
  const found = placeProblems([...(compiled.ok ? [] : compiled.problems), ...others], text, fileName);
  return { ok: false, problems: withFurther(problems, found) };
}
