import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');

/** Past this a file holds two things. */
const FILE_LINES_MAX = 400;

const PACKAGES = ['proto', 'shared', 'driver', 'executor', 'cli', 'examples', 'test', 'scripts'] as const;
type Package = (typeof PACKAGES)[number];

/** What each package may import. Driver and executor meet on the wire alone. */
const MAY_IMPORT: Record<Package, readonly Package[]> = {
  proto: [],
  shared: ['proto'],
  driver: ['proto', 'shared'],
  executor: ['proto', 'shared'],
  cli: ['proto', 'shared', 'driver', 'executor'],
  examples: ['proto', 'shared', 'cli', 'test'],
  test: ['proto', 'shared', 'driver', 'executor', 'cli', 'examples', 'scripts'],
  scripts: ['proto', 'shared', 'test'],
};

/** Tests mirror sources and reach into them; the scripts have no package to export from. */
const MAY_REACH_INSIDE: readonly Package[] = ['test', 'scripts'];

/** Spelt in two halves, so that this file is tidy itself. */
const LEFTOVERS = new RegExp(
  `\\b(${['TO', 'FIX'].map((half, index) => half + ['DO', 'ME'][index]).join('|')})\\b|\\.on${'ly'}\\(`,
);

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;

type Source = { path: string; owner: Package; text: string };

const sources: Source[] = PACKAGES.flatMap((owner) =>
  globSync(`${owner}/**/*.{ts,mts,js,mjs}`, {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|generated|dist)$/.test(path),
  })
    .filter((path) => !/(^|\/)(node_modules|generated|dist)\//.test(path))
    .map((path) => ({ path, owner, text: readFileSync(join(ROOT, path), 'utf8') })),
);

test('the sources were found', () => {
  assert.ok(sources.length > 50, `only ${sources.length} files`);
});

test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
  const long = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  const tooLong = long.filter(({ lines }) => lines > FILE_LINES_MAX);
  assert.deepEqual(tooLong, []);
});

test('no leftovers', () => {
  const found = sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (LEFTOVERS.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
  assert.deepEqual(found, []);
});

test('packages import only those below them, and only what those export', () => {
  const wrong = sources.flatMap((source) => {
    return importsOf(source.text).flatMap((specifier) => {
      const reason = faultOf(source.path, source.owner, specifier);
      return reason === undefined ? [] : [`${source.path}: ${specifier} (${reason})`];
    });
  });
  assert.deepEqual(wrong, []);
});

const FAULTS: [path: string, specifier: string, fault: RegExp | undefined][] = [
  ['driver/src/planning/split.ts', '@millrace/shared/kafka', undefined],
  ['driver/src/planning/split.ts', './ranges.ts', undefined],
  ['driver/src/planning/split.ts', 'node:fs', undefined],
  ['driver/src/planning/split.ts', '@millrace/executor', /may not import executor/],
  ['executor/src/tasks/run.ts', '../../../driver/src/planning/split.ts', /may not import driver/],
  ['shared/src/rpc/call.ts', '@millrace/driver', /may not import driver/],
  ['driver/src/planning/split.ts', '@millrace/shared/kafka/crc.ts', /not exported/],
  ['driver/src/planning/split.ts', '../../../shared/src/kafka/crc.ts', /reaches inside shared/],
  ['test/shared/kafka/crc.test.ts', '../../../shared/src/kafka/crc.ts', undefined],
  ['cli/src/main.ts', '../../scripts/check/tally.ts', /may not import scripts/],
];

for (const [path, specifier, fault] of FAULTS) {
  test(`${path} importing ${specifier} is ${fault ? 'refused' : 'taken'}`, () => {
    const reason = faultOf(path, path.split('/')[0] as Package, specifier);
    if (fault === undefined) assert.equal(reason, undefined);
    else assert.match(reason ?? '', fault);
  });
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[2] as string);
}

function faultOf(path: string, owner: Package, specifier: string): string | undefined {
  const scoped = /^@millrace\/([^/]+)(\/.+)?$/.exec(specifier);
  const target = scoped ? (scoped[1] as Package) : packageAt(path, specifier);
  if (target === undefined || target === owner) return undefined;
  if (!MAY_IMPORT[owner].includes(target)) return `${owner} may not import ${target}`;
  if (scoped) return isExported(target, scoped[2] ?? '') ? undefined : `not exported by ${target}`;
  return MAY_REACH_INSIDE.includes(owner) ? undefined : `reaches inside ${target}`;
}

/** The package a relative import leads to; undefined for anything else. */
function packageAt(path: string, specifier: string): Package | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const top = relative(ROOT, resolve(ROOT, dirname(path), specifier)).split(/[\\/]/)[0];
  return PACKAGES.find((name) => name === top);
}

/** Every package exports its root, or its folders one level deep. */
function isExported(target: Package, subpath: string): boolean {
  const manifest = JSON.parse(readFileSync(join(ROOT, target, 'package.json'), 'utf8')) as { exports?: object };
  const exported = Object.keys(manifest.exports ?? {});
  return exported.some((entry) => {
    const [before = '', after] = entry.slice(1).split('*');
    if (after === undefined) return subpath === before;
    return subpath.startsWith(before) && subpath.length > before.length && !subpath.slice(before.length).includes('/');
  });
}
