// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeProblems, type SpecProblem, substituteEnvironment } from '@millrace/shared/spec';

const problem = (path: string, line: number | null = null, column: number | null = null): SpecProblem => ({
  path,
  message: 'm',
  hint: 'h',
  line,
  column,
});

function placed(text: string, found: SpecProblem): string {
  const [result] = placeProblems([found], text, 'job.yaml');
  return `${result?.line}:${result?.column}`;
}

test('places within the query become places in the file', () => {
  const cases: [string, number, number, string][] = [
    ['name: j\nquery: |\n  SELECT a\n  FROM t\n', 1, 1, '3:3'],
    ['name: j\nquery: |\n  SELECT a\n  FROM t\n', 2, 6, '4:8'],
    ['query: |2\n    SELECT a\n', 1, 3, '2:5'],
    ['query: SELECT a FROM t\n', 1, 8, '1:15'],
    ['query: "SELECT a FROM t"\n', 1, 8, '1:16'],
    ['query: >\n  SELECT a\n  FROM t\n', 1, 15, '1:8'],
    ['{"query": "SELECT a"}', 1, 8, '1:19'],
  ];
  for (const [text, line, column, expected] of cases)
    assert.equal(placed(text, problem('query', line, column)), expected, text);
});

test('so do places within the query of an output', () => {
  const text = 'outputs:\n  a:\n    query: |\n      SELECT a\n      FROM t\n';
  assert.equal(placed(text, problem('outputs.a.query', 2, 6)), '5:12');
  assert.equal(placed(text, problem('outputs.a.sink.key')), '3:5');
});

test('they survive the replacement of variables', () => {
  const text = 'name: j\nquery: |\n  SELECT ${X}\n    , b\n  FROM t\n';
  const sent = substituteEnvironment(text, { X: 'a\n, c' }).text;
  assert.equal(placed(sent, problem('query', 4, 3)).split(':')[0], '6');
  const single = substituteEnvironment(text, { X: 'a' }).text;
  assert.equal(placed(single, problem('query', 3, 6)), '5:8');
});

test('other problems are placed by their path, or by the nearest parent that is there', () => {
  const text = 'name: j\nsources:\n  t:\n    topics: [a, b]\n    columns:\n      a.b: INT\n';
  const cases: [string, string][] = [
    ['sources.t.topics[1]', '4:17'],
    ['sources.t.columns.a.b', '6:12'],
    ['sources.t.watermark.column', '4:5'],
    ['sink.key[0]', '1:1'],
    ['', '1:1'],
  ];
  for (const [path, expected] of cases) assert.equal(placed(text, problem(path)), expected, path);
  assert.equal(placed(text, problem('name', 9, 9)), '9:9');
});
