import { tellingWarnings } from '@millrace/shared/plan';
import type { CommandRun } from '../command-definition.ts';
import { EXIT } from '../failures/exit-code.ts';
import { styleFor } from '../output/style.ts';
import { compileSpecFile } from '../spec-file/compile-spec-file.ts';
import { readSpecFile } from '../spec-file/read-spec-file.ts';
import { reportProblems } from '../spec-file/report-problems.ts';

/** `{ valid, fileName, job, warnings, growth }` or `{ valid, fileName, problems }` with --json. */
export const validate: CommandRun = async (context, options, [path]) => {
  const file = await readSpecFile(context, path!);
  const compiled = await compileSpecFile(context, file);
  if (!compiled.ok) return reportProblems(context, options, file, compiled.problems);
  const { stdout, env } = context;
  const { fileName } = file;
  const { spec, plan } = compiled;
  const warnings = tellingWarnings(plan);
  if (options.json) {
    const growth = plan.notes?.growth.map(({ warning: _, ...one }) => one) ?? [];
    stdout.write(`${JSON.stringify({ valid: true, fileName, job: spec.name, warnings, growth })}\n`);
    return EXIT.ok;
  }
  const style = styleFor(stdout, env);
  for (const warning of warnings) stdout.write(`${style.yellow('warning')}: ${warning}\n`);
  stdout.write(
    `${style.green('valid')}: ${fileName} (job ${style.bold(spec.name)}); topics are checked by submit --dry-run\n`,
  );
  return EXIT.ok;
};
