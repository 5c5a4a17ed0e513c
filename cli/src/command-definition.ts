import type { CliContext, CommonOptions } from './cli-context.ts';
import type { ExitCode } from './failures/exit-code.ts';
import type { OptionTable } from './options/option-table.ts';

/** Flags of a command as commander parsed them, besides those every command takes. */
export type CommandOptions = CommonOptions & Readonly<Record<string, unknown>>;

/** Does the work. Throws MillraceError for what went wrong; the exit code is for outcomes that are no errors. */
export type CommandRun = (context: CliContext, options: CommandOptions, args: readonly string[]) => Promise<ExitCode>;

/** One command: what `--help`, completion and the docs say of it, and where its code is. */
export type CommandDefinition = {
  name: string;
  group: 'Jobs' | 'Specs' | 'Cluster' | 'Other';
  /** As commander reads them: `<job> [sql]`. */
  args: string;
  summary: string;
  /** Argument name → what it is. */
  argHelp?: Readonly<Record<string, string>>;
  /** More than the summary says. */
  details?: string;
  /** Talks to a driver: takes `--driver`. */
  remote: boolean;
  /** Its output has one form only: takes no `--json`. Roles write JSON by themselves when not on a terminal. */
  oneForm?: true;
  flags: readonly (readonly [flag: string, description: string])[];
  /** Settings with environment variables; given to `run` as texts, to be resolved there. */
  table?: OptionTable;
  examples: readonly string[];
  /** Loaded when the command is run, so that others start fast. */
  load(): Promise<CommandRun>;
};
