import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { carriedNodePaths, chooseNode, NODE_MAJOR_MIN } from './choose-node.mjs';
import { lastLines } from './npm.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * The path of a Node new enough for the sources.
 * @param {string} root the repository
 */
export function ensureNode(root) {
  const running = { path: process.execPath, version: process.version };
  const found = chooseNode(running, []) ?? chooseNode(running, carriedNodes(root));
  if (found !== undefined) return found;
  const output = unpackCarriedNode(root);
  const unpacked = chooseNode(running, carriedNodes(root));
  if (unpacked !== undefined) return unpacked;
  throw new SetupError(
    `Node ${NODE_MAJOR_MIN} or newer is needed; this is ${process.version}, and npm's package "node" brought none`,
    `${lastLines(output)}\nInstall Node ${NODE_MAJOR_MIN} from https://nodejs.org and run the command again.`,
  );
}

/** @param {string} root */
function carriedNodes(root) {
  return carriedNodePaths(process.platform, process.arch)
    .map((path) => join(root, path))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '' }));
}

/**
 * npm may hold back the install scripts of packages, and the binary of `node` comes by such a script: run just that one.
 * @param {string} root
 */
function unpackCarriedNode(root) {
  const cwd = join(root, 'node_modules/node');
  if (!existsSync(join(cwd, 'installArchSpecificPackage.js'))) return '';
  console.error(`millrace: this is Node ${process.version}; fetching Node ${NODE_MAJOR_MIN} into node_modules`);
  const run = spawnSync(process.execPath, ['installArchSpecificPackage.js'], { cwd, encoding: 'utf8' });
  return `${run.stdout ?? ''}${run.stderr ?? ''}`;
}
