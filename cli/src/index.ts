export type { CliContext, Output } from './cli-context.ts';
export { COMMANDS } from './commands.ts';
export { EXIT, EXIT_CODE_HELP, type ExitCode } from './failures/exit-code.ts';
export { CLIENT_OPTIONS } from './options/client-options.ts';
export type { OptionDefinition, OptionTable } from './options/option-table.ts';
export { DRIVER_HEALTH_PORT, DRIVER_OPTIONS, DRIVER_PORT, EXECUTOR_OPTIONS } from './options/role-options.ts';
export { runCli } from './run-cli.ts';
