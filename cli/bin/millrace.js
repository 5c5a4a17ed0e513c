#!/usr/bin/env node
// Finds a Node.js that runs Millrace and hands over. Plain JavaScript that any Node.js can read: an old one must be
// able to get as far as saying so.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const main = new URL('../src/main.ts', import.meta.url);

/** The one that the npm package `node` carries, from this folder upwards. */
function carriedNode() {
  for (const place of ['../node_modules', '../../node_modules', '../../../../node_modules']) {
    const path = fileURLToPath(new URL(`${place}/node/bin/node`, import.meta.url));
    if (existsSync(path)) return path;
  }
  return null;
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; only what was sent to this process alone must be passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  await import(main.href);
} else {
  const node = carriedNode();
  if (node !== null) runWith(node);
  else {
    console.error(`error: Millrace needs Node.js ${NODE_MAJOR_MIN} or newer; this is ${process.version}`);
    console.error(`hint:  install it from https://nodejs.org, or add the npm package "node@${NODE_MAJOR_MIN}"`);
    process.exitCode = 1;
  }
}
