// The process `millrace`: builds what commands may touch, runs one, sets the exit code.
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { systemClock } from '@millrace/shared/clock';
import type { CliContext, Output } from './cli-context.ts';
import { runCli } from './run-cli.ts';

/** Where the terminal does not say: the width people have used since punched cards, the height of a VT100. */
const WIDTH_DEFAULT = 80;
const HEIGHT_DEFAULT = 24;

/** As shells report a process that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (line) => void stream.write(line),
    get isTerminal() {
      return stream.isTTY === true;
    },
    get width() {
      return stream.columns ?? WIDTH_DEFAULT;
    },
    get height() {
      return stream.rows ?? HEIGHT_DEFAULT;
    },
  };
}

async function readLine(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/**
 * The first signal asks the command to end; whoever asks twice does not want to wait. Made when a command first asks for
 * it: the roles handle signals themselves.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}

let interrupted: AbortSignal | undefined;

const context: CliContext = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  stdin: { isTerminal: process.stdin.isTTY === true, readAll: () => text(process.stdin), readLine },
  env: process.env,
  clock: systemClock,
  get signal() {
    interrupted ??= interruption();
    return interrupted;
  },
};

// A reader that has seen enough (`millrace jobs | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), context);
