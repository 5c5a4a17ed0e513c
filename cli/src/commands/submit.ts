import { MillraceError } from '@millrace/shared/errors';
import { parseSpec, problemsOf, substituteEnvironment } from '@millrace/shared/spec';
import type { CliContext } from '../cli-context.ts';
import type { CommandOptions, CommandRun } from '../command-definition.ts';
import { type ControlClient, call, SLOW_CALL_TIMEOUT_MS, withDriver } from '../driver-client/driver-client.ts';
import { EXIT, type ExitCode } from '../failures/exit-code.ts';
import { styleFor } from '../output/style.ts';
import { compileSpecFile } from '../spec-file/compile-spec-file.ts';
import { readSpecFile, type SpecFile } from '../spec-file/read-spec-file.ts';
import { reportProblems } from '../spec-file/report-problems.ts';
import { followJob } from './follow-job.ts';

/** `{ jobId, dryRun, warnings, growth }` with --json, followed by the events of `watch` with --follow. */
export const submit: CommandRun = async (context, options, [path]) => {
  if (options.follow === true && options.dryRun === true) {
    throw new MillraceError('INVALID_ARGUMENT', '--dry-run starts nothing that --follow could show', {
      hint: 'leave one of them out',
    });
  }
  const file = await readSpecFile(context, path!);
  if (file.problems.length > 0) return reportHere(context, options, file);
  const parsed = parseSpec(file.text, file.fileName, { environment: context.env });
  // The driver looks at more than the spec's form, and tells all of it at once; what it cannot look at is told here.
  if (!parsed.ok && parsed.rest === null) return reportProblems(context, options, file, parsed.problems);
  return withDriver(context, options, async (client) => {
    try {
      return await submitTo(client, context, options, file);
    } catch (thrown) {
      // The driver saw the same lines: what it found is shown in the text as the user wrote it.
      const problems = thrown instanceof MillraceError ? problemsOf(thrown) : [];
      if (problems.length === 0 && parsed.ok) throw thrown;
      if (problems.length === 0) return await reportHere(context, options, file);
      return reportProblems(context, options, file, problems);
    }
  });
};

/** Whatever keeps the driver from saying it: a spec that is wrong needs no driver to be told of. */
async function reportHere(context: CliContext, options: CommandOptions, file: SpecFile): Promise<ExitCode> {
  const compiled = await compileSpecFile(context, file);
  return reportProblems(context, options, file, compiled.ok ? [] : compiled.problems);
}

async function submitTo(
  client: ControlClient,
  context: CliContext,
  options: CommandOptions,
  file: SpecFile,
): Promise<ExitCode> {
  const { stdout, stderr, env, signal } = context;
  const dryRun = options.dryRun === true;
  const request = {
    specText: substituteEnvironment(file.text, env, file.fileName).text,
    fileName: file.fileName,
    dryRun,
  };
  const { jobId, warnings, growth } = await call(client, 'Submit', request, {
    signal,
    timeoutMs: SLOW_CALL_TIMEOUT_MS,
  });
  const style = styleFor(stdout, env);
  if (options.json) stdout.write(`${JSON.stringify({ jobId, dryRun, warnings, growth })}\n`);
  else {
    for (const warning of warnings) stderr.write(`${styleFor(stderr, env).yellow('warning')}: ${warning}\n`);
    stdout.write(
      dryRun
        ? `${style.green('valid')}: ${jobId} could be started\n`
        : `${style.bold(jobId)} is ${style.green('submitted')}\n`,
    );
  }
  if (options.follow === true) return followJob(context, options, client, jobId);
  if (!dryRun && !options.json) stdout.write(style.dim(`millrace watch ${jobId} shows its progress\n`));
  return EXIT.ok;
}
