import { explainPlan } from '@millrace/shared/sql';
import type { CommandRun } from '../command-definition.ts';
import { EXIT } from '../failures/exit-code.ts';
import { compileSpecFile } from '../spec-file/compile-spec-file.ts';
import { readSpecFile } from '../spec-file/read-spec-file.ts';
import { reportProblems } from '../spec-file/report-problems.ts';

/** The plan itself with --json. */
export const explain: CommandRun = async (context, options, [path]) => {
  const file = await readSpecFile(context, path!);
  const compiled = await compileSpecFile(context, file);
  if (!compiled.ok) return reportProblems(context, options, file, compiled.problems);
  const text = options.json ? JSON.stringify(compiled.plan) : explainPlan(compiled.plan).trimEnd();
  context.stdout.write(`${text}\n`);
  return EXIT.ok;
};
