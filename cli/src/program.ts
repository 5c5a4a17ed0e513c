import { Command, Option } from 'commander';
import type { CliContext } from './cli-context.ts';
import type { CommandDefinition, CommandOptions } from './command-definition.ts';
import { millraceVersion } from './commands/version.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, EXIT_CODE_HELP, type ExitCode } from './failures/exit-code.ts';
import { CLIENT_OPTIONS } from './options/client-options.ts';
import { helpText, type OptionTable } from './options/option-table.ts';
import { styleFor } from './output/style.ts';

const SUMMARY = 'Millrace: SQL over Kafka in micro-batches, exactly once.';

/**
 * The command line as commander sees it. `done` is given the exit code of the command that ran. With `quiet` wrong usage is only
 * thrown, for the caller to tell.
 */
export function buildProgram(context: CliContext, done: (code: ExitCode) => void, quiet = false): Command {
  const program = new Command('millrace')
    .description(SUMMARY)
    .helpCommand('help [command]', 'show the help of a command')
    .usage('<command> [options]')
    .version(millraceVersion(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('run it with --help to see how it is used')
    .addHelpText('after', () => `\n${globalHelp(context)}`);
  configureOutput(program, context, quiet);
  for (const definition of COMMANDS) addCommand(program, definition, context, done);
  return program;
}

function configureOutput(program: Command, { stdout, stderr, env }: CliContext, quiet: boolean): void {
  const style = styleFor(stdout, env);
  program.exitOverride();
  program.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => (quiet ? undefined : stderr.write(text)),
    getOutHelpWidth: () => stdout.width,
    getErrHelpWidth: () => stderr.width,
    getOutHasColors: () => style.bold('x') !== 'x',
    getErrHasColors: () => styleFor(stderr, env).bold('x') !== 'x',
  });
  program.configureHelp({ styleTitle: style.bold, styleOptionTerm: style.cyan, styleSubcommandTerm: style.cyan });
}

function addCommand(
  program: Command,
  definition: CommandDefinition,
  context: CliContext,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command(`${definition.name} ${definition.args}`.trim())
    .summary(definition.summary)
    .description([sentence(definition.summary), definition.details].filter(Boolean).join('\n'))
    .helpGroup(`${definition.group}:`)
    .addHelpText('after', `\nExamples:\n${definition.examples.map((example) => `  ${example}\n`).join('')}`);
  for (const argument of command.registeredArguments) {
    argument.description = definition.argHelp?.[argument.name()] ?? '';
  }
  for (const [flag, description] of definition.flags) command.option(flag, description);
  if (definition.table) addTable(command, definition.table);
  if (definition.remote) addTable(command, CLIENT_OPTIONS);
  if (definition.oneForm !== true) command.option('--json', 'machine-readable output');
  command.option('--verbose', 'show causes and stack traces of errors');
  command.action(async (...received: unknown[]) => {
    const run = await definition.load();
    done(await run(context, optionsOf(command), received.slice(0, command.registeredArguments.length) as string[]));
  });
}

/** Defaults are not given to commander: flags, environment and defaults are put in order by `resolveOptions`. */
function addTable(command: Command, table: OptionTable): void {
  for (const [key, definition] of Object.entries(table)) {
    const option = new Option(definition.flag, helpText(definition));
    if (option.attributeName() !== key) throw new Error(`${definition.flag} does not match its key ${key}`);
    command.addOption(option);
  }
}

function optionsOf(command: Command): CommandOptions {
  const flags: Record<string, unknown> = command.opts();
  return { ...flags, json: flags.json === true, verbose: flags.verbose === true };
}

function globalHelp({ stdout, env }: CliContext): string {
  const style = styleFor(stdout, env);
  const codes = EXIT_CODE_HELP.map(([code, meaning]) => `  ${code}  ${meaning}`);
  return [
    style.bold('Every command takes:'),
    '  --json        machine-readable output: one object, or one a line where it goes on; not the roles, which log JSON off a terminal',
    '  --verbose     causes and stack traces of errors',
    '  -h, --help    units, environment variables and defaults of its options',
    '',
    style.bold('Exit codes:'),
    ...codes,
    '',
    `The driver is found by --driver, MILLRACE_DRIVER or at ${CLIENT_OPTIONS.driver.default}.`,
    '',
  ].join('\n');
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** commander's own ways to end: help and version are fine, everything else is wrong usage. */
export function commanderExit(code: number): ExitCode {
  return code === 0 ? EXIT.ok : EXIT.usage;
}
