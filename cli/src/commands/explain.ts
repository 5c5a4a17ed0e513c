import { MillraceError } from '@millrace/shared/errors';
import type { JobPlan } from '@millrace/shared/plan';
import { dotPlan, explainPlan, mermaidPlan } from '@millrace/shared/sql';
import type { CommandRun } from '../command-definition.ts';
import { EXIT } from '../failures/exit-code.ts';
import { compileSpecFile } from '../spec-file/compile-spec-file.ts';
import { readSpecFile } from '../spec-file/read-spec-file.ts';
import { reportProblems } from '../spec-file/report-problems.ts';

const FORMATS: Readonly<Record<string, (plan: JobPlan) => string>> = {
  text: (plan) => explainPlan(plan).trimEnd(),
  json: JSON.stringify,
  mermaid: mermaidPlan,
  dot: dotPlan,
};

/** The plan itself with --json, the same as --format json. */
export const explain: CommandRun = async (context, options, [path]) => {
  const format = options.json ? 'json' : String(options.format ?? 'text');
  const print = FORMATS[format];
  if (print === undefined) {
    throw new MillraceError('INVALID_ARGUMENT', `there is no format ${JSON.stringify(format)}`, {
      hint: `choose one of ${Object.keys(FORMATS).join(', ')}`,
    });
  }
  const file = await readSpecFile(context, path!);
  const compiled = await compileSpecFile(context, file);
  if (!compiled.ok) return reportProblems(context, options, file, compiled.problems);
  context.stdout.write(`${print(compiled.plan)}\n`);
  return EXIT.ok;
};
