import { availableParallelism } from 'node:os';
import type { CommandRun } from '../command-definition.ts';
import { EXIT } from '../failures/exit-code.ts';
import { resolveOptions } from '../options/option-table.ts';
import { EXECUTOR_OPTIONS } from '../options/role-options.ts';
import { becomeRole } from '../role-process.ts';

/** Runs until SIGTERM or SIGINT, then drains. Exit code 1 when a lane died: its supervisor starts it again. */
export const executor: CommandRun = async ({ env }, options) => {
  const values = resolveOptions(EXECUTOR_OPTIONS, options, env);
  becomeRole(values.lanes ?? availableParallelism(), env);
  const { runExecutor } = await import('@millrace/executor');
  return (await runExecutor(values)) === 0 ? EXIT.ok : EXIT.failure;
};
