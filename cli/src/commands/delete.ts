import { MillraceError } from '@millrace/shared/errors';
import type { CliContext } from '../cli-context.ts';
import type { CommandRun } from '../command-definition.ts';
import { call, SLOW_CALL_TIMEOUT_MS, withDriver } from '../driver-client/driver-client.ts';
import { EXIT } from '../failures/exit-code.ts';

/** `{ jobId, deleted }` with --json. A "no" to the question is exit code 1. */
export const deleteJob: CommandRun = async (context, options, [jobId]) => {
  const { stdout, signal } = context;
  const agreed = options.yes === true || (await confirmed(context, jobId!));
  if (agreed) {
    await withDriver(context, options, (client) =>
      call(client, 'DeleteJob', { jobId: jobId! }, { signal, timeoutMs: SLOW_CALL_TIMEOUT_MS }),
    );
  }
  if (options.json) stdout.write(`${JSON.stringify({ jobId, deleted: agreed })}\n`);
  else stdout.write(agreed ? `${jobId} is deleted\n` : 'nothing was deleted\n');
  return agreed ? EXIT.ok : EXIT.failure;
};

async function confirmed({ stdin }: CliContext, jobId: string): Promise<boolean> {
  if (!stdin.isTerminal) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `deleting ${jobId} needs an answer, and there is no terminal to ask on`,
      {
        hint: 'add --yes to delete without being asked',
      },
    );
  }
  const answer = await stdin.readLine(
    `Delete ${jobId} with its offsets and all its state? This cannot be undone. [y/N] `,
  );
  return /^y(es)?$/i.test(answer.trim());
}
