import type { Clock } from '@millrace/shared/clock';

/** A stream that text is written to, and what must be known about it to write well. */
export type Output = {
  write(text: string): void;
  isTerminal: boolean;
  /** Characters a line can hold, and lines that can be seen at once. */
  width: number;
  height: number;
};

/** Everything of the outside that a command may touch. main.ts builds the real one. */
export type CliContext = {
  stdout: Output;
  stderr: Output;
  stdin: { isTerminal: boolean; readAll(): Promise<string>; readLine(question: string): Promise<string> };
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Aborted when the user presses Ctrl-C or the process is told to end. */
  signal: AbortSignal;
};

/** Options that every command takes. */
export type CommonOptions = {
  /** Machine-readable output: one JSON object, or one a line for streams. */
  json: boolean;
  /** Stack traces and causes of errors. */
  verbose: boolean;
  /** host:port of the driver, where given by flag. */
  driver?: string | undefined;
};
