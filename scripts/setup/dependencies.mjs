import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, npm } from './npm.mjs';
import { SetupError } from './setup-error.mjs';

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Installs the dependencies unless what is in node_modules is what package-lock.json names. A stamp (the hash of the lock
 * file at the last look) makes the usual case one small read.
 * @param {string} root the repository
 */
export function ensureDependencies(root) {
  const stampPath = join(root, 'node_modules/.millrace-setup');
  const lock = readIfThere(join(root, 'package-lock.json'));
  const wanted = hashOf(lock ?? readIfThere(join(root, 'package.json')) ?? '');
  if (readIfThere(stampPath) === wanted) return;
  const installed = readIfThere(join(root, 'node_modules/.package-lock.json'));
  if (lock === undefined || installed === undefined || !isInstalled(JSON.parse(lock), JSON.parse(installed))) {
    install(root, lock !== undefined, installed !== undefined);
  }
  writeFileSync(stampPath, hashOf(readIfThere(join(root, 'package-lock.json')) ?? wanted));
}

/**
 * Whether an installed tree has every package the lock file names, in the same version. Optional ones may be absent: they
 * are for other platforms.
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @param {{ packages: Record<string, LockedPackage> }} lock package-lock.json
 * @param {{ packages: Record<string, LockedPackage> }} installed node_modules/.package-lock.json
 */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages)
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, { version, optional }]) => {
      const there = installed.packages[path];
      return there === undefined ? optional === true : there.version === version;
    });
}

/**
 * @param {string} root
 * @param {boolean} hasLock
 * @param {boolean} hasTree node_modules is there: change it in place, others may be running from it
 */
function install(root, hasLock, hasTree) {
  const startedMs = Date.now();
  console.error(`millrace: ${hasTree ? 'updating' : 'installing'} dependencies with npm (about half a minute)`);
  const clean = hasLock && !hasTree ? npm(root, ['ci', ...QUIET]) : undefined;
  // `npm ci` refuses a lock file that lacks an optional package of some other platform; `npm install` keeps its versions.
  const inPlace = ['install', ...(hasLock ? ['--no-save'] : []), ...QUIET];
  const result = clean === undefined || (!clean.ok && /\bEUSAGE\b/.test(clean.output)) ? npm(root, inPlace) : clean;
  if (!result.ok) {
    throw new SetupError(
      'the dependencies could not be installed; npm said:',
      `${lastLines(result.output)}\nCheck the network and npm's registry setting, then run the command again (or npm install by hand).`,
    );
  }
  console.error(`millrace: dependencies are in place after ${Math.round((Date.now() - startedMs) / 1000)} s`);
}

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** @param {string} text */
function hashOf(text) {
  return createHash('sha256').update(text).digest('hex');
}
