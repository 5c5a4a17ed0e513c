import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { OutputMode } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

// refusals.txt: blocks of a query (the first line names the output mode) and, after "=>", what is said about it.
// MILLRACE_UPDATE_GOLDEN=1 writes it anew; read the difference before you commit it.
const UPDATE = process.env.MILLRACE_UPDATE_GOLDEN === '1';
const GOLDEN = new URL('refusals.txt', import.meta.url);

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

test('queries that cannot run are refused by name, with the place and what to do', async () => {
  const golden = await readFile(GOLDEN, 'utf8');
  const blocks = golden
    .trim()
    .split('\n\n')
    .map((block) => block.split(/\n(?==>)/));
  assert.ok(blocks.length > 60);
  const written: string[] = [];
  for (const [query, ...expected] of blocks) {
    const actual = await answer(query!);
    written.push(`${query}\n${actual}`);
    if (!UPDATE) assert.equal(actual, expected.join('\n'), query!);
  }
  if (UPDATE) await writeFile(GOLDEN, `${written.join('\n\n')}\n`);
});

async function answer(block: string): Promise<string> {
  const [mode, ...text] = block.split('\n') as [OutputMode, ...string[]];
  const compiled = await compileJob(specOf(text.join('\n'), mode), frontend);
  if (compiled.ok) return '=> compiles';
  const lines = compiled.problems.map(({ path, line, column, message, hint }) => {
    const place = line === null ? path : `${path} ${line}:${column}`;
    return `=> ${place}: ${message} ${hint}`.trimEnd();
  });
  return lines.join('\n');
}
