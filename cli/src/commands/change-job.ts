import type { JobReply, RestartReply, RestartRequestInput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { type StateOutcome, stateOutcomeLines } from '@millrace/shared/plan';
import { substituteEnvironment } from '@millrace/shared/spec';
import type { CliContext } from '../cli-context.ts';
import type { CommandOptions, CommandRun } from '../command-definition.ts';
import { call, SLOW_CALL_TIMEOUT_MS, withDriver } from '../driver-client/driver-client.ts';
import { EXIT, type ExitCode } from '../failures/exit-code.ts';
import { jobJson } from '../output/job-json.ts';
import { batchText } from '../output/job-list.ts';
import { paintStatus } from '../output/job-status.ts';
import { styleFor } from '../output/style.ts';
import { readSpecFile } from '../spec-file/read-spec-file.ts';
import { reportProblems } from '../spec-file/report-problems.ts';
import { followJob } from './follow-job.ts';

// Commands that ask for another status and show the one that came of it.

export const stop: CommandRun = (context, options, [job]) => changeJob(context, options, 'StopJob', job!);
export const cancel: CommandRun = (context, options, [job]) => changeJob(context, options, 'CancelJob', job!);

/** `state` beside the job with --json: what became of each piece of state. */
export const restart: CommandRun = async (context, options, [jobId]) => {
  const dryRun = options.dryRun === true;
  if (dryRun && (options.follow === true || typeof options.spec !== 'string')) {
    throw new MillraceError('INVALID_ARGUMENT', '--dry-run tells what would become of the state under another spec', {
      hint: options.follow === true ? 'leave out --follow: nothing is started' : 'name it with --spec',
    });
  }
  const request: RestartRequestInput = { jobId: jobId!, allowStateLoss: options.allowStateLoss === true, dryRun };
  if (typeof options.spec === 'string') {
    const file = await readSpecFile(context, options.spec);
    if (file.problems.length > 0) return reportProblems(context, options, file, file.problems);
    const { text, fileName } = file;
    Object.assign(request, { specText: substituteEnvironment(text, context.env, fileName).text, fileName });
  }
  return withDriver(context, options, async (client) => {
    const { signal } = context;
    const reply = await call(client, 'RestartJob', request, { signal, timeoutMs: SLOW_CALL_TIMEOUT_MS });
    showRestart(context, options, request, reply);
    return options.follow === true ? followJob(context, options, client, jobId!) : EXIT.ok;
  });
};

function showRestart(
  context: CliContext,
  options: CommandOptions,
  { jobId, dryRun }: RestartRequestInput,
  { job, state }: RestartReply,
): void {
  const { stdout, env } = context;
  const changes = state.map((one) => ({ ...one, view: one.view || null, output: one.output || null }) as StateOutcome);
  if (options.json) {
    stdout.write(`${JSON.stringify({ ...(job ? jobJson(job) : { jobId }), dryRun, state: changes })}\n`);
    return;
  }
  for (const line of stateOutcomeLines(changes)) stdout.write(`${line}\n`);
  if (!dryRun) {
    showJob(context, options, jobId!, job);
    return;
  }
  const style = styleFor(stdout, env);
  const said = changes.some(({ fate }) => fate !== 'kept') ? 'could go on, without that state' : 'could go on';
  stdout.write(`${style.green('valid')}: ${style.bold(jobId!)} ${said}\n`);
}

function changeJob(
  context: CliContext,
  options: CommandOptions,
  change: 'StopJob' | 'CancelJob',
  jobId: string,
): Promise<ExitCode> {
  return withDriver(context, options, async (client) => {
    const { signal } = context;
    const { job } = await call(client, change, { jobId }, { signal, timeoutMs: SLOW_CALL_TIMEOUT_MS });
    showJob(context, options, jobId, job);
    return EXIT.ok;
  });
}

/** The job as `jobs` lists it with --json. */
function showJob({ stdout, env }: CliContext, options: CommandOptions, jobId: string, job: JobReply['job']): void {
  if (options.json) {
    stdout.write(`${JSON.stringify(job ? jobJson(job) : { jobId })}\n`);
    return;
  }
  const style = styleFor(stdout, env);
  const status = job ? ` is ${paintStatus(job.status, style)}, last batch ${batchText(job.lastBatch)}` : ': done';
  stdout.write(`${style.bold(jobId)}${status}\n`);
}
