import type { CommandRun } from '../command-definition.ts';
import { CALL_TIMEOUT_MS, call, withDriver } from '../driver-client/driver-client.ts';
import { EXIT } from '../failures/exit-code.ts';
import { renderExecutorList } from '../output/executor-list.ts';
import { executorJson } from '../output/job-json.ts';
import { styleFor } from '../output/style.ts';

/** `{ executors: […] }` with --json. */
export const executors: CommandRun = async (context, options) => {
  const { stdout, clock, signal } = context;
  const reply = await withDriver(context, options, (client) =>
    call(client, 'ListExecutors', {}, { signal, timeoutMs: CALL_TIMEOUT_MS }),
  );
  if (options.json) stdout.write(`${JSON.stringify({ executors: reply.executors.map(executorJson) })}\n`);
  else stdout.write(renderExecutorList(reply.executors, clock.now(), styleFor(stdout, context.env)));
  return EXIT.ok;
};
