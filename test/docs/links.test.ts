import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DOCUMENTS, type Document, ROOT, withoutFences } from './documents.ts';

const LINK = /\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g;
/** What looks like a path of this repository: one of its folders, then names. */
const PATH =
  /(?<![\w/.-])(?:cli|deploy|docs|driver|examples|executor|proto|scripts|shared|test|\.ci)(?:\/[\w.-]+)+\/?/g;
const IDENTIFIER = /^`([A-Za-z_$][\w$]*)`$/;

type Link = { text: string; target: string };

const linksOf = ({ text }: Document): Link[] =>
  [...withoutFences(text).matchAll(LINK)].map(([, label = '', target = '']) => ({ text: label, target }));

/** What is wrong with a link; undefined when nothing is. */
function faultOf(document: Document, { text, target }: Link): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? join(ROOT, document.path) : join(ROOT, dirname(document.path), file);
  if (!existsSync(path)) return `${target} does not exist`;
  if (anchor !== undefined && !anchorsOf(readFileSync(path, 'utf8')).has(anchor)) return `${target}: no such heading`;
  const [, name] = IDENTIFIER.exec(text) ?? [];
  if (name === undefined || !/\.(ts|lua|mjs|js|proto)$/.test(path)) return undefined;
  return new RegExp(`\\b${name}\\b`).test(readFileSync(path, 'utf8')) ? undefined : `${target} holds no ${name}`;
}

/** As GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

function missingPaths({ text }: Document): string[] {
  const named = [...text.matchAll(PATH)].map(([path]) => path.replace(/\.$/, ''));
  return [...new Set(named)].filter((path) => /\.\w+$|\/$/.test(path) && !exists(path));
}

function exists(path: string): boolean {
  const at = join(ROOT, path);
  return existsSync(at) && (!path.endsWith('/') || statSync(at).isDirectory());
}

test('the documents were found', () => {
  const paths = DOCUMENTS.map(({ path }) => path);
  for (const path of ['README.md', 'ARCHITECTURE.md', 'docs/one-record.md']) assert.ok(paths.includes(path), path);
});

for (const document of DOCUMENTS) {
  test(`${document.path}: links lead somewhere, and to what they name`, () => {
    const faults = linksOf(document).map((link) => faultOf(document, link));
    assert.deepEqual(
      faults.filter((fault) => fault !== undefined),
      [],
    );
  });

  test(`${document.path}: the files it names are there`, () => {
    assert.deepEqual(missingPaths(document), []);
  });
}

const WRONG: [link: Link, fault: RegExp | undefined][] = [
  [{ text: 'cli', target: 'docs/cli.md#exit-codes' }, undefined],
  [{ text: 'cli', target: 'https://example.com/docs/none.md' }, undefined],
  [{ text: '`splitIntoTasks`', target: 'driver/src/planning/split-ranges.ts' }, undefined],
  [{ text: 'cli', target: 'docs/none.md' }, /does not exist/],
  [{ text: 'cli', target: 'docs/cli.md#exit' }, /no such heading/],
  [{ text: '`splitTasks`', target: 'driver/src/planning/split-ranges.ts' }, /holds no splitTasks/],
];

for (const [link, fault] of WRONG) {
  test(`[${link.text}](${link.target}) is ${fault ? 'a fault' : 'fine'}`, () => {
    const found = faultOf({ path: 'README.md', text: '' }, link);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? '', fault);
  });
}

test('a path that is not there is found, in code and in blocks', () => {
  const text =
    'See `driver/src/none.ts`.\n```console\n$ millrace submit examples/none.yaml\n```\n`docs/cli.md` is there.';
  assert.deepEqual(missingPaths({ path: 'x.md', text }), ['driver/src/none.ts', 'examples/none.yaml']);
});
