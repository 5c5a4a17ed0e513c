import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { COMMANDS } from '@millrace/cli';
import { completionScript, SHELLS } from '../../../cli/src/completion/completion-script.ts';

/** What bash offers after these words, asked of the script itself. */
function bashOffers(words: readonly string[]): string[] {
  const script = `${completionScript('bash', COMMANDS)}
COMP_WORDS=(millrace ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
millrace() { printf 'spend\\nclicks\\n'; }
_millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n').sort();
}

test('bash completes commands, flags, names of jobs and shells', () => {
  assert.deepEqual(bashOffers(['sta']), ['state']);
  assert.deepEqual(bashOffers(['executor', '--la']), ['--lane-memory', '--lanes']);
  assert.deepEqual(bashOffers(['describe', '']), ['clicks', 'spend']);
  assert.deepEqual(bashOffers(['completion', 'f']), ['fish']);
});

test('every command is in every script, and shells that are here accept it', () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, COMMANDS);
    for (const { name } of COMMANDS) assert.match(script, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
    const checked = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    if (checked.error === undefined) assert.equal(checked.status, 0, `${shell}: ${checked.stderr}`);
  }
});
