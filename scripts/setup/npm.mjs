import { spawnSync } from 'node:child_process';

/** Lines of a failed command's output that are shown: npm puts the reason near the end. */
const LINES_SHOWN_MAX = 20;

/**
 * Runs npm in `root`, silently; the one that started us when there is one, else the one on PATH.
 * @param {string} root
 * @param {string[]} args
 */
export function npm(root, args) {
  const own = process.env.npm_execpath;
  const [command, prefix] = own?.endsWith('npm-cli.js') ? [process.execPath, [own]] : ['npm', []];
  const run = spawnSync(command, [...prefix, ...args], {
    cwd: root,
    encoding: 'utf8',
    shell: command === 'npm' && process.platform === 'win32',
  });
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}${run.error ? `${run.error.message}\n` : ''}`;
  return { ok: run.status === 0, output };
}

/** @param {string} output */
export function lastLines(output) {
  return output.trimEnd().split('\n').slice(-LINES_SHOWN_MAX).join('\n');
}
