import { type CliContext, type ExitCode, type Output, runCli } from '@millrace/cli';
import { NOW_MS } from './fake-driver.ts';

export type CommandResult = { code: ExitCode; stdout: string; stderr: string };

export type RunOptions = {
  env?: Record<string, string>;
  /** Answer to a question; a terminal is there when it is given. */
  answer?: string;
  stdin?: string;
  terminal?: boolean;
  signal?: AbortSignal;
  /** Called with all of stdout so far whenever something is written. */
  onStdout?(text: string): void;
};

/** Runs one command line as `millrace` would, with everything it writes caught. */
export async function runCommand(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const caught = { stdout: '', stderr: '' };
  const output = (name: keyof typeof caught): Output => ({
    write(text) {
      caught[name] += text;
      if (name === 'stdout') options.onStdout?.(caught.stdout);
    },
    isTerminal: options.terminal === true,
    width: 100,
    height: 24,
  });
  const context: CliContext = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: {
      isTerminal: options.answer !== undefined,
      readAll: async () => options.stdin ?? '',
      readLine: async () => options.answer ?? '',
    },
    env: options.env ?? {},
    // Waiting is what the tests do not want: pauses between attempts end at once.
    clock: { now: () => NOW_MS, monotonic: () => performance.now(), delay: async () => {} },
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await runCli(args, context);
  return { code, ...caught };
}
