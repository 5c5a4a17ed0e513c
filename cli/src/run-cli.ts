import { toMillraceError } from '@millrace/shared/errors';
import { CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './failures/exit-code.ts';
import { failureJson, renderFailure } from './failures/render-failure.ts';
import { styleFor } from './output/style.ts';
import { buildProgram, commanderExit } from './program.ts';

/** Runs one command line (without the names of Node and the program) and returns its exit code; never rejects. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = buildProgram(context, (exit) => {
    code = exit;
  });
  if (args.length === 0) {
    context.stderr.write(program.helpInformation());
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return commanderExit(thrown.exitCode);
    return report(thrown, args, context);
  }
}

function report(thrown: unknown, args: readonly string[], context: CliContext): ExitCode {
  const error = toMillraceError(thrown);
  // Leaving with Ctrl-C is what the user asked for: nothing to explain.
  if (context.signal.aborted && error.code === 'CANCELLED') return EXIT.failure;
  const { stderr, env } = context;
  if (args.includes('--json')) stderr.write(failureJson(error));
  else stderr.write(renderFailure(error, styleFor(stderr, env), args.includes('--verbose')));
  return exitCodeOf(error.code);
}
