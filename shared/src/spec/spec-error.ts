import { z } from 'zod';
import { MillraceError } from '../errors/index.ts';
import type { SpecProblem } from './job-spec.ts';

/** All problems of a spec as one error (code INVALID_SPEC, `details.problems`). */
export function invalidSpec(problems: readonly SpecProblem[], name: string): MillraceError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const first = problems[0] === undefined ? '' : `; the first: ${problems[0].message}`;
  return new MillraceError('INVALID_SPEC', `${name} has ${count}${first}`, {
    hint: problems[0]?.hint,
    details: { problems },
  });
}

const problemsSchema = z.array(
  z.object({
    path: z.string(),
    message: z.string(),
    hint: z.string(),
    line: z.number().nullable(),
    column: z.number().nullable(),
  }),
);

/** The problems inside an INVALID_SPEC error, also after it has crossed the wire; none for any other error. */
export function problemsOf(error: MillraceError): SpecProblem[] {
  const parsed = problemsSchema.safeParse(error.details.problems);
  return error.code === 'INVALID_SPEC' && parsed.success ? parsed.data : [];
}
