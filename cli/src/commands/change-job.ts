import { substituteEnvironment } from '@millrace/shared/spec';
import type { CliContext } from '../cli-context.ts';
import type { CommandOptions, CommandRun } from '../command-definition.ts';
import { type ControlClient, call, SLOW_CALL_TIMEOUT_MS, withDriver } from '../driver-client/driver-client.ts';
import { EXIT, type ExitCode } from '../failures/exit-code.ts';
import { jobJson } from '../output/job-json.ts';
import { batchText } from '../output/job-list.ts';
import { paintStatus } from '../output/job-status.ts';
import { styleFor } from '../output/style.ts';
import { readSpecFile } from '../spec-file/read-spec-file.ts';
import { reportProblems } from '../spec-file/report-problems.ts';
import { followJob } from './follow-job.ts';

// Commands that ask for another status and show the one that came of it.

type Change = 'StopJob' | 'CancelJob' | 'RestartJob';

export const stop: CommandRun = (context, options, [job]) => changeJob(context, options, 'StopJob', { jobId: job! });
export const cancel: CommandRun = (context, options, [job]) =>
  changeJob(context, options, 'CancelJob', { jobId: job! });

export const restart: CommandRun = async (context, options, [job]) => {
  if (typeof options.spec !== 'string') return changeJob(context, options, 'RestartJob', { jobId: job! });
  const file = await readSpecFile(context, options.spec);
  if (file.problems.length > 0) return reportProblems(context, options, file, file.problems);
  const { text, fileName } = file;
  const { text: specText } = substituteEnvironment(text, context.env, fileName);
  return changeJob(context, options, 'RestartJob', { jobId: job!, specText, fileName });
};

type ChangeRequest = { jobId: string; specText?: string; fileName?: string };

function changeJob(
  context: CliContext,
  options: CommandOptions,
  change: Change,
  request: ChangeRequest,
): Promise<ExitCode> {
  return withDriver(context, options, async (client) => {
    await showChange(context, options, client, change, request);
    return options.follow === true ? followJob(context, options, client, request.jobId) : EXIT.ok;
  });
}

/** The job as `jobs` lists it with --json. */
async function showChange(
  { stdout, env, signal }: CliContext,
  options: CommandOptions,
  client: ControlClient,
  change: Change,
  request: ChangeRequest,
): Promise<void> {
  const { jobId } = request;
  const { job } = await call(client, change, request, { signal, timeoutMs: SLOW_CALL_TIMEOUT_MS });
  if (options.json) {
    stdout.write(`${JSON.stringify(job ? jobJson(job) : { jobId })}\n`);
    return;
  }
  const style = styleFor(stdout, env);
  const status = job ? ` is ${paintStatus(job.status, style)}, last batch ${batchText(job.lastBatch)}` : ': done';
  stdout.write(`${style.bold(jobId)}${status}\n`);
}
