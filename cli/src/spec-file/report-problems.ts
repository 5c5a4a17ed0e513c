import type { SpecProblem } from '@millrace/shared/spec';
import { formatSpecProblems } from '@millrace/shared/spec';
import type { CliContext, CommonOptions } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../failures/exit-code.ts';
import { styleFor } from '../output/style.ts';
import type { SpecFile } from './read-spec-file.ts';

/** Everything wrong with a spec, each with its place; to stderr, or `{ valid: false, problems }` to stdout with --json. */
export function reportProblems(
  { stdout, stderr, env }: CliContext,
  { json }: CommonOptions,
  file: SpecFile,
  problems: readonly SpecProblem[],
): ExitCode {
  if (json) {
    stdout.write(`${JSON.stringify({ valid: false, fileName: file.fileName, problems })}\n`);
    return EXIT.invalidSpec;
  }
  const style = styleFor(stderr, env);
  const total = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  stderr.write(
    `${formatSpecProblems(problems, file.written, file.fileName)}\n${style.red(`${total} in ${file.fileName}`)}\n`,
  );
  return EXIT.invalidSpec;
}
