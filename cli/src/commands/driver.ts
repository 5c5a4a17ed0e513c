import type { CommandRun } from '../command-definition.ts';
import { EXIT } from '../failures/exit-code.ts';
import { resolveOptions } from '../options/option-table.ts';
import { DRIVER_OPTIONS } from '../options/role-options.ts';
import { becomeRole } from '../role-process.ts';

/** A driver has one DuckDB for compiling, and one while it makes a version of a table. */
const DUCKDB_CALLS = 2;

/** Runs until SIGTERM or SIGINT. */
export const driver: CommandRun = async ({ env }, options) => {
  const values = resolveOptions(DRIVER_OPTIONS, options, env);
  becomeRole(DUCKDB_CALLS, env);
  const { runDriver } = await import('@millrace/driver');
  await runDriver(values);
  return EXIT.ok;
};
