// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSpecProblems, type SpecProblem } from '@millrace/shared/spec';

const at = (line: number | null, column: number | null, path = ''): SpecProblem => ({
  path,
  message: 'wrong',
  hint: 'do this',
  line,
  column,
});

test('a problem is shown as compilers do', () => {
  assert.equal(
    formatSpecProblems([at(2, 3), at(null, null)], 'a: 1\r\nb: 2\r\n', 'x.yaml'),
    'x.yaml:2:3: wrong\n    2 | b: 2\n      |   ^\n  hint: do this\n\nx.yaml: wrong\n  hint: do this\n',
  );
});

test('tabs before the place stay tabs', () => {
  assert.match(formatSpecProblems([at(1, 4)], '\tab c', 'x'), /^ {6}\| \t {2}\^$/m);
});

test('a long line is cut around the place, at every column', () => {
  const text = Array.from({ length: 400 }, (_, index) => String.fromCharCode(0x4e00 + index)).join('');
  for (const column of [1, 59, 60, 61, 200, 340, 399, 400]) {
    const [, line, caret] = formatSpecProblems([at(1, column)], text, 'x').split('\n');
    assert.ok(line!.length <= 130);
    assert.equal(line![caret!.indexOf('^')], text[column - 1], `column ${column}`);
  }
});

test('a place outside of the text shows no line', () => {
  assert.equal(formatSpecProblems([at(9, 1)], 'a: 1', 'x'), 'x:9:1: wrong\n  hint: do this\n');
});

test('a line that may hold a secret is not shown', () => {
  const secret = [
    'password: hunter2',
    '"password": "hunter2"',
    'sasl: { mechanism: plain, passwrd: hunter2 }',
    'password: ${P:-hunter2}',
    'brokers: kafka://me:hunter2@host:1',
    'PASSWORD hunter2',
  ];
  for (const line of secret) assert.doesNotMatch(formatSpecProblems([at(1, 1)], line, 'x'), /hunter2/, line);
  const block = 'sasl:\n  password: |\n    one\n\n    hunter2\n  username: me';
  assert.doesNotMatch(formatSpecProblems([at(5, 5)], block, 'x'), /hunter2/);
  const margin = 'sasl:\n  password: |\n    one\nhunter2';
  assert.doesNotMatch(formatSpecProblems([at(4, 1)], margin, 'x'), /hunter2/);
  for (const line of ['password: ${KAFKA_PASSWORD}', 'password:', 'topic: ${PASSWORD}', 'sasl:']) {
    assert.ok(formatSpecProblems([at(1, 1)], line, 'x').includes(line), line);
  }
});
