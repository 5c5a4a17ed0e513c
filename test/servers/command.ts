import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { MillraceError } from '@millrace/shared/errors';

/** A download over a slow line; a command that is stuck must still end. */
const COMMAND_TIMEOUT_MS = 300_000;
/** Package tools are talkative. */
const COMMAND_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

export type CommandOptions = { cwd?: string; env?: NodeJS.ProcessEnv };

/** Runs a program to its end and resolves to its output; rejects with what it printed when it fails or takes too long. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  try {
    const limits = { timeout: COMMAND_TIMEOUT_MS, maxBuffer: COMMAND_OUTPUT_BYTES_MAX };
    const { stdout, stderr } = await promisify(execFile)(command, [...args], { ...options, ...limits });
    return stdout + stderr;
  } catch (cause) {
    const output =
      `${(cause as { stdout?: string }).stdout ?? ''}${(cause as { stderr?: string }).stderr ?? ''}`.trim();
    throw new MillraceError('INTERNAL', `${command} ${args[0] ?? ''} failed: ${output || String(cause)}`, { cause });
  }
}

/** The real path of a program on PATH; undefined when it is not there. */
export function onPath(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return realpathSync(path);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
