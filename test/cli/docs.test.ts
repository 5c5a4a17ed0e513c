import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS, EXIT_CODE_HELP, type OptionTable } from '@millrace/cli';

const DOCS = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

/** The rows of an option table as docs/cli.md has them: flag, environment, default, meaning. */
function optionRows(table: OptionTable): string {
  const code = (text: string | null) => (text === null ? '' : `\`${text}\``);
  return Object.values(table)
    .map(
      ({ flag, env, default: fallback, description }) =>
        `| ${code(flag)} | ${code(env)} | ${code(fallback)} | ${description} |`,
    )
    .join('\n');
}

test('docs/cli.md has a heading with an example for every command, in the order of --help, and no other', () => {
  const headings = [...DOCS.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    headings,
    COMMANDS.map(({ name }) => name),
  );
  for (const { name } of COMMANDS) {
    const section = DOCS.split(`### ${name}\n`)[1]!.split(/^##/m)[0]!;
    assert.match(section, new RegExp(`\\$ (source <\\()?millrace ${name}\\b`), name);
  }
});

test('docs/cli.md has every flag of every command', () => {
  for (const { name, flags } of COMMANDS) {
    const section = DOCS.split(`### ${name}\n`)[1]!.split(/^##/m)[0]!;
    for (const [flag] of flags) assert.ok(section.includes(/--[a-z-]+/.exec(flag)![0]), `${name} ${flag}`);
  }
});

test('docs/cli.md has the options of the roles as they are', () => {
  for (const { name, table } of COMMANDS) {
    if (table === undefined) continue;
    assert.ok(DOCS.includes(`${optionRows(table)}\n`), `${name}: should be\n${optionRows(table)}`);
  }
});

test('docs/cli.md has the exit codes as they are', () => {
  const rows = EXIT_CODE_HELP.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  assert.ok(DOCS.includes(rows.join('\n')));
});
