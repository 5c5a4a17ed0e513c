import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentAt } from './documents.ts';

const ROW = /^\| (?!\| |---)(.+) \| (.+) \| (.+) \|$/gm;
const TEST = /\[([^\]]+)\]\(\.\.\/(test\/[\w/.-]+)\)/g;

test('every row of docs/kafka.md names a test that is there', () => {
  const rows = [...documentAt('docs/kafka.md').matchAll(ROW)];
  assert.ok(rows.length > 20, `${rows.length} rows`);
  for (const [, what, , tests = ''] of rows) {
    const named = [...tests.matchAll(TEST)];
    assert.ok(named.length > 0, `no test for: ${what}`);
    for (const [, title = '', path = ''] of named) {
      const text = documentAt(path);
      assert.ok(text.includes(title.replaceAll("'", "\\'")) || text.includes(title), `${path} has no test "${title}"`);
    }
  }
});
