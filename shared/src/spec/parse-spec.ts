import { compileSpec } from './compile-spec.ts';
import { crossCheck } from './cross-checks.ts';
import type { Environment } from './environment.ts';
import { inputSchema } from './input-schema.ts';
import { issueProblems } from './issue-problems.ts';
import type { JobSpec, SpecProblem } from './job-spec.ts';
import { restOfSpec } from './rest-of-spec.ts';
import { readSpecSource } from './spec-source.ts';

export type SpecParse =
  | { ok: true; spec: JobSpec }
  /** `rest`: what can be looked at further, though the job cannot run; see rest-of-spec.ts. */
  | { ok: false; problems: SpecProblem[]; rest: JobSpec | null };

export type ParseOptions = {
  /** Replaces `${NAME}` and `${NAME:-default}` in values. Without it, texts are taken as they are. */
  environment?: Environment;
};

/** Beyond this nobody reads on; it also bounds what a failed submit carries. */
const PROBLEMS_MAX = 100;

/**
 * Reads a job spec, YAML or JSON (strict JSON when `fileName` ends in .json), fills in the defaults and checks
 * everything that can be checked without Kafka and without looking into the SQL. All problems come at once, in the
 * order of the text, each with its place; no message holds a secret or the value of an environment variable.
 */
export function parseSpec(text: string, fileName: string, options: ParseOptions = {}): SpecParse {
  const source = readSpecSource(text, fileName, options.environment);
  if (source.places.size === 0) return { ok: false, problems: source.problems.slice(0, PROBLEMS_MAX), rest: null };
  const parsed = inputSchema.safeParse(source.value);
  const refused = issueProblems(parsed.error?.issues ?? [], source);
  // A text whose variable is missing, or a key that is misspelt, is wrong once, not twice.
  const told = new Set([...source.problems.map((problem) => problem.path), ...refused.meant]);
  const found = [...refused.problems, ...crossCheck(source)].filter((problem) => !told.has(problem.path));
  const problems = [...source.problems, ...found];
  if (problems.length > 0 || !parsed.success) {
    const rest = source.problems.length > 0 ? null : restOfSpec(source, parsed.error?.issues ?? []);
    return { ok: false, problems: inOrder(problems).slice(0, PROBLEMS_MAX), rest };
  }
  return { ok: true, spec: compileSpec(parsed.data) };
}

/** Problems of the spec and those found in the rest of it, in the order of the text. What stands where a wrong value stood is not told again. */
export function withFurther(problems: readonly SpecProblem[], found: readonly SpecProblem[]): SpecProblem[] {
  const told = new Set(problems.map(({ path }) => path));
  return inOrder([...problems, ...found.filter(({ path }) => !told.has(path))]).slice(0, PROBLEMS_MAX);
}

function inOrder(problems: readonly SpecProblem[]): SpecProblem[] {
  const once = new Map(problems.map((problem) => [`${problem.path}\0${problem.message}`, problem]));
  return [...once.values()].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || (a.path < b.path ? -1 : 1),
  );
}
