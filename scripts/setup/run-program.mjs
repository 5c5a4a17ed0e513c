import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';

/** kafkajs sets negative timers on Node 24, and TypeScript sources are still called experimental: both are known. */
const SILENCED_WARNINGS = ['TimeoutNegativeWarning', 'ExperimentalWarning'];

/** How soon a program ends after the command that started it was killed; a look costs microseconds. */
const PARENT_LOOK_INTERVAL_MS = 500;

/** @type {NodeJS.Signals[]} */
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs `program` and resolves to its exit code, as a shell counts it (128 + n after signal n).
 * @param {{ node: string, root: string, program: string, args: string[] }} options
 * @returns {Promise<number>}
 */
export function runProgram({ node, root, program, args }) {
  const flags = SILENCED_WARNINGS.map((name) => `--disable-warning=${name}`);
  const child = spawn(node, [...flags, program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of FORWARDED_SIGNALS) {
    // A terminal sends Ctrl-C to the whole group: the program already has it.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  stopWhenOrphaned(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}

/**
 * npm runs us through a shell and, when it is told to end, takes only that shell along: the program would run on unseen.
 * @param {import('node:child_process').ChildProcess} child
 */
function stopWhenOrphaned(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_LOOK_INTERVAL_MS);
  watch.unref();
}
