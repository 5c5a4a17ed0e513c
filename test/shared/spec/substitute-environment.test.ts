// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSpec, substituteEnvironment } from '@millrace/shared/spec';
import { parse } from 'yaml';

function substituted(text: string, environment: Record<string, string>): unknown {
  const result = substituteEnvironment(text, environment);
  assert.deepEqual(result.problems, []);
  assert.equal(result.text.split('\n').length, text.split('\n').length, 'lines moved');
  return parse(result.text);
}

test('references, defaults and the escape', () => {
  const cases: [string, Record<string, string>, unknown][] = [
    ['a: ${X}', { X: 'x' }, 'x'],
    ['a: ${X}-${Y}', { X: 'x', Y: 'y' }, 'x-y'],
    ['a: ${X:-none}', {}, 'none'],
    ['a: ${X:-none}', { X: '' }, 'none'],
    ['a: ${X:-}', {}, ''],
    ['a: ${X}', { X: '' }, ''],
    ['a: "${X:-localhost:9092}"', {}, 'localhost:9092'],
    ['a: $${X}', { X: 'x' }, '${X}'],
    ['a: $X costs $5', { X: 'x' }, '$X costs $5'],
    ['a: ${X}', { X: '${Y}', Y: 'y' }, '${Y}'],
    ['a: ${X}', { X: '42' }, '42'],
    ['${X}: 1\na: 2', { X: 'x' }, 2],
    ['a: 1 # ${NOT_SET}', {}, 1],
  ];
  for (const [text, environment, expected] of cases) {
    assert.deepEqual((substituted(text, environment) as { a: unknown }).a, expected, text);
  }
});

const nasty = [
  'x\nb: 2',
  'a: b',
  '# no comment',
  '"',
  "'",
  '{',
  '- x',
  '*y',
  '&z',
  '!t',
  '\t',
  '  x',
  'x\n\n  y\n',
  '\\',
  '|',
  '\u2028',
  '%',
  '---',
  'null',
  '\r\n',
];

test('whatever a variable holds stays inside its text', () => {
  const shapes: [string, (value: string) => unknown][] = [
    ['a: ${X}\nz: 1\n', (x) => ({ a: x, z: 1 })],
    ['a: "q ${X} q"\nz: 1\n', (x) => ({ a: `q ${x} q`, z: 1 })],
    ["a: '${X}'\nz: 1\n", (x) => ({ a: x, z: 1 })],
    ['a: [1, "${X}", {b: \'${X}\'}]\nz: 1\n', (x) => ({ a: [1, x, { b: x }], z: 1 })],
    ['a: |\n  one ${X}\n    two\n\n  three ${X}\n\nz: 1\n', (x) => ({ a: `one ${x}\n  two\n\nthree ${x}\n`, z: 1 })],
    ['a: |-\n  ${X}\nz: 1\n', (x) => ({ a: x, z: 1 })],
    ['a: >\n  one\n  ${X}\nz: 1\n', (x) => ({ a: `one ${x}\n`, z: 1 })],
    ['a: one\n  two ${X}\nz: 1\n', (x) => ({ a: `one two ${x}`, z: 1 })],
    ['a:\n  - |\n    ${X}\n  - 2 # ${X}\nz: &n ${X}\ny: *n\n', (x) => ({ a: [`${x}\n`, 2], z: x, y: x })],
    ['{"a": "${X}",\n "z": 1}', (x) => ({ a: x, z: 1 })],
  ];
  for (const [text, expected] of shapes) {
    for (const value of nasty)
      assert.deepEqual(substituted(text, { X: value }), expected(value), JSON.stringify([text, value]));
  }
});

const spec = `name: \${NAME}
sources:
  t:
    type: kafka
    brokers: \${BROKERS:-localhost:9092}
    ssl: \${TLS:-true}
    sasl: { mechanism: plain, username: reader, password: "\${PASSWORD}" }
    topic: t
    columns: { a: INT }
query: |
  SELECT a, '$\${b}' AS b
  FROM t WHERE a > \${A:-1}
sink: { type: console, rows: '\${ROWS:-20}' }
`;

test('a substituted text without environment is the same job as the text with it', () => {
  const environment = { NAME: 'job-1', PASSWORD: 'p: "{\n', A: '7', ROWS: '5' };
  const direct = parseSpec(spec, 's.yaml', { environment });
  const sent = parseSpec(substituteEnvironment(spec, environment).text, 's.yaml');
  assert.ok(direct.ok && sent.ok);
  assert.deepEqual(sent.spec, direct.spec);
  assert.equal(sent.spec.outputs[0]!.query, "SELECT a, '${b}' AS b\nFROM t WHERE a > 7\n");
  assert.equal(sent.spec.sources[0]!.connection.sasl!.password, 'p: "{\n');
  assert.equal(sent.spec.sources[0]!.connection.ssl, true);
  assert.deepEqual(sent.spec.outputs[0]!.sink, { type: 'console', rowsMax: 5 });
});

test('what is not set is a problem at its place, and nothing is replaced', () => {
  const { text, problems } = substituteEnvironment(spec, { PASSWORD: 'x' });
  assert.equal(text, spec);
  assert.deepEqual(
    problems.map(({ path, line, column }) => ({ path, line, column })),
    [{ path: 'name', line: 1, column: 7 }],
  );
});

test('a syntax error is a problem, not an exception', () => {
  const { problems } = substituteEnvironment('a: "${X}', { X: 'x' });
  assert.equal(problems.length, 1);
});
