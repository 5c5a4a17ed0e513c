import { wire } from '@millrace/proto';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { call, connect, type RpcClient, stream } from '@millrace/shared/rpc';
import type { CliContext, CommonOptions } from '../cli-context.ts';
import { CLIENT_OPTIONS } from '../options/client-options.ts';
import { resolveOptions } from '../options/option-table.ts';

type Control = typeof wire.ControlService.service;
export type ControlClient = RpcClient<Control>;

/** A control call answers from memory or one store round trip; a driver silent for longer is as good as gone. */
export const CALL_TIMEOUT_MS = 10_000;
/** Submit asks Kafka about every topic; Stop waits for the running batch. */
export const SLOW_CALL_TIMEOUT_MS = 120_000;

/** Runs `use` with a client for the driver that flags and environment name, and closes it afterwards. */
export async function withDriver<T>(
  context: CliContext,
  options: CommonOptions,
  use: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const { driver } = resolveOptions(CLIENT_OPTIONS, options, context.env);
  const client = connect(wire.ControlService, driver, { unavailable: 'DRIVER_UNAVAILABLE' });
  try {
    return await use(client);
  } catch (thrown) {
    throw explained(toMillraceError(thrown), driver);
  } finally {
    client.close();
  }
}

export { call, stream };

/** The driver's own errors are complete; those of the connection do not know what the user can do about them. */
function explained(error: MillraceError, driver: string): MillraceError {
  if (error.hint !== '') return error;
  switch (error.code) {
    case 'DRIVER_UNAVAILABLE':
      return new MillraceError(error.code, `no driver answers at ${driver}`, {
        hint: 'start one with `millrace driver`, or name another with --driver or MILLRACE_DRIVER',
        details: error.details,
        cause: error,
      });
    case 'TIMED_OUT':
      return new MillraceError(error.code, `the driver at ${driver} did not answer in time`, {
        hint: 'it may be starting or waiting for Kafka or Redis: see its log and /readyz',
        details: error.details,
        cause: error,
      });
    case 'JOB_UNKNOWN':
      return new MillraceError(error.code, error.message, {
        hint: '`millrace jobs` lists the jobs of this driver',
        details: error.details,
        cause: error,
      });
    default:
      return error;
  }
}
