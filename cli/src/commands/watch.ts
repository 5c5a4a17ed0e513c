import type { CommandRun } from '../command-definition.ts';
import { withDriver } from '../driver-client/driver-client.ts';
import { followJob } from './follow-job.ts';

export const watch: CommandRun = (context, options, [jobId]) =>
  withDriver(context, options, (client) => followJob(context, options, client, jobId!));
