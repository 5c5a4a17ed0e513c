import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './failures/exit-code.ts';
import { failureJson, renderFailure } from './failures/render-failure.ts';
import { styleFor } from './output/style.ts';
import { buildProgram, commanderExit } from './program.ts';

/** Runs one command line (without the names of Node and the program) and returns its exit code; never rejects. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const json = args.includes('--json');
  const ended = (exit: ExitCode) => {
    code = exit;
  };
  const program = buildProgram(context, ended, json);
  if (args.length === 0) {
    context.stderr.write(program.helpInformation());
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      const exit = commanderExit(thrown.exitCode);
      if (json && exit !== EXIT.ok) context.stderr.write(failureJson(usageError(thrown)));
      return exit;
    }
    return report(thrown, args, context);
  }
}

/** commander's sentence without its label and its suggestion on a second line. */
function usageError({ message }: CommanderError): MillraceError {
  const [first = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const hint = suggestion.replace(/^\(|\)$/g, '') || 'run it with --help to see how it is used';
  return new MillraceError('INVALID_ARGUMENT', first, { hint });
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
