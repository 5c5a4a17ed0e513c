import type { CommandRun } from '../command-definition.ts';
import { CALL_TIMEOUT_MS, call, withDriver } from '../driver-client/driver-client.ts';
import { EXIT } from '../failures/exit-code.ts';
import { jobJson } from '../output/job-json.ts';
import { renderJobList } from '../output/job-list.ts';
import { styleFor } from '../output/style.ts';

/** `{ jobs: JobJson[] }` with --json. */
export const jobs: CommandRun = async (context, options) => {
  const { stdout, clock, signal } = context;
  const reply = await withDriver(context, options, (client) =>
    call(client, 'ListJobs', {}, { signal, timeoutMs: CALL_TIMEOUT_MS }),
  );
  if (options.json) stdout.write(`${JSON.stringify({ jobs: reply.jobs.map(jobJson) })}\n`);
  else if (options.quiet === true) stdout.write(reply.jobs.map(({ jobId }) => `${jobId}\n`).join(''));
  else stdout.write(renderJobList(reply.jobs, clock.now(), styleFor(stdout, context.env)));
  return EXIT.ok;
};
