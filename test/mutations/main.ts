// `npm run mutations`: takes each guard away in turn; some check must notice. Writes the table of docs/mutations.md.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';
import { type Catcher, runMutation } from './run-mutation.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/mutations.md');

const INTRODUCTION = `# Guards, and what notices when they are gone

\`npm run mutations\` takes each guard of the protocol out of the sources as they are loaded, runs the check beside it, and writes
this table. A guard that nothing misses fails the run.

| guard | without it | noticed by |
| --- | --- | --- |
`;

const rowOf = ({ guard, file, without }: Mutation, caught: string) =>
  `| [${guard}](../${file}) | ${without} | ${caught} |\n`;

async function main(filters: readonly string[]): Promise<number> {
  const chosen = MUTATIONS.filter(({ guard, file }) => filters.every((filter) => `${guard} ${file}`.includes(filter)));
  const results: { mutation: Mutation; caught: Catcher }[] = [];
  for (const mutation of chosen) {
    const caught = await runMutation(ROOT, mutation);
    console.log(`${caught === null ? '✖' : '✔'} ${mutation.guard}: ${caught ?? 'NOBODY NOTICED'}`);
    results.push({ mutation, caught });
  }
  const missed = results.filter(({ caught }) => caught === null).length;
  console.log(`${results.length} guards taken away, ${missed} of them unnoticed`);
  if (missed > 0) return 1;
  if (filters.length === 0) {
    const rows = results.map(({ mutation, caught }) => rowOf(mutation, caught!));
    writeFileSync(DOCUMENT, INTRODUCTION + rows.join(''));
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
