// `npm run mutations`: takes each guard away in turn; some check must notice. Writes the table of docs/mutations.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';
import { runMutation } from './run-mutation.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/mutations.md');

const USAGE = `npm run mutations -- [parts]

Takes each guard of the protocol away in turn, and runs the check that must notice. With parts of a guard's name or file:
only the guards that have all of them. Writes docs/mutations.md. Exit code 1: a guard is missed by nobody.`;

const INTRODUCTION = `# Guards, and what notices when they are gone

\`npm run mutations\` takes each guard of the protocol out of the sources as they are loaded, runs the check beside it, and writes
this table. A guard that nothing misses fails the run.

| guard | without it | noticed by |
| --- | --- | --- |
`;

const rowOf = ({ guard, file, without }: Mutation, caught: string) =>
  `| [${guard}](../${file}) | ${without} | ${caught} |\n`;

/** The rows of what was run, and those that were there before of what was not. */
function writeTable(caught: ReadonlyMap<Mutation, string>): void {
  const before = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8').split('\n') : [];
  const rows = MUTATIONS.map((mutation) => {
    const noticed = caught.get(mutation);
    if (noticed !== undefined) return rowOf(mutation, noticed);
    return `${before.find((line) => line.startsWith(`| [${mutation.guard}](`)) ?? rowOf(mutation, '')}\n`;
  });
  writeFileSync(DOCUMENT, INTRODUCTION + rows.join(''));
}

async function main(filters: readonly string[]): Promise<number> {
  const chosen = MUTATIONS.filter(({ guard, file }) => filters.every((filter) => `${guard} ${file}`.includes(filter)));
  const caught = new Map<Mutation, string>();
  for (const mutation of chosen) {
    const noticed = await runMutation(ROOT, mutation);
    console.log(`${noticed === null ? '✖' : '✔'} ${mutation.guard}: ${noticed ?? 'NOBODY NOTICED'}`);
    if (noticed !== null) caught.set(mutation, noticed);
  }
  const missed = chosen.length - caught.size;
  console.log(`${chosen.length} guards taken away, ${missed} of them unnoticed`);
  writeTable(caught);
  return missed === 0 ? 0 : 1;
}

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(USAGE);
else process.exitCode = await main(args);
