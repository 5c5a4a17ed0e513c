import type { JobDescription } from '@millrace/proto';
import type { CommandRun } from '../command-definition.ts';
import { CALL_TIMEOUT_MS, call, withDriver } from '../driver-client/driver-client.ts';
import { EXIT } from '../failures/exit-code.ts';
import { renderJobDescription } from '../output/job-description.ts';
import { jobJson, progressJson, tableJson } from '../output/job-json.ts';
import { styleFor } from '../output/style.ts';

export const describe: CommandRun = async (context, options, [jobId]) => {
  const { stdout, clock, signal } = context;
  const job = await withDriver(context, options, (client) =>
    call(client, 'DescribeJob', { jobId: jobId! }, { signal, timeoutMs: CALL_TIMEOUT_MS }),
  );
  if (options.json) stdout.write(`${JSON.stringify(descriptionJson(job))}\n`);
  else stdout.write(renderJobDescription(job, clock.now(), styleFor(stdout, context.env)));
  return EXIT.ok;
};

/** A job as `jobs` lists it, with what only `describe` tells. */
function descriptionJson(job: JobDescription) {
  const { summary, lastProgress, totals, restarts, state, tables, specYaml, planJson } = job;
  return {
    ...(summary ? jobJson(summary) : {}),
    restarts,
    lastProgress: lastProgress ? progressJson(lastProgress) : null,
    totals,
    state,
    tables: tables.map(tableJson),
    specYaml,
    plan: planJson === '' ? null : (JSON.parse(planJson) as unknown),
  };
}
