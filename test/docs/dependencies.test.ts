import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentAt, ROOT } from './documents.ts';

type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };

const used = globSync('{,*/}package.json', { cwd: ROOT, exclude: (path) => path === 'node_modules' })
  .map((path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest)
  .flatMap(({ dependencies, devDependencies }) => Object.keys({ ...dependencies, ...devDependencies }))
  .filter((name) => !name.startsWith('@millrace/'));

test('every dependency has a line with its reason in ARCHITECTURE.md, and no other has', () => {
  const section = documentAt('ARCHITECTURE.md').split('\n## Dependencies\n')[1] ?? '';
  const rows = [...section.matchAll(/^\| (`.*) \| .+ \|$/gm)].map(([, names = '']) => names);
  const listed = rows.flatMap((names) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  assert.deepEqual(listed.toSorted(), [...new Set(used)].toSorted());
});
