import { readFileSync } from 'node:fs';
import type { CommandRun } from '../command-definition.ts';
import { EXIT } from '../failures/exit-code.ts';

/** `{ millrace, node }` with --json. */
export const version: CommandRun = async ({ stdout }, options) => {
  const versions = { millrace: millraceVersion(), node: process.versions.node };
  if (options.json) stdout.write(`${JSON.stringify(versions)}\n`);
  else stdout.write(`millrace ${versions.millrace} (Node.js ${versions.node})\n`);
  return EXIT.ok;
};

/** The version of this package; all of Millrace is released together. */
export function millraceVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
