import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatSpecProblems, jobSpecJsonSchema, parseSpec } from '@millrace/shared/spec';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('every example is a valid spec without any environment', () => {
  const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yaml'));
  assert.ok(names.length >= 3);
  for (const name of names) {
    const text = read(`examples/${name}`);
    const parsed = parseSpec(text, name, { environment: {} });
    assert.ok(parsed.ok, parsed.ok ? '' : formatSpecProblems(parsed.problems, text, name));
    assert.equal(`${parsed.spec.name}.yaml`, name);
  }
});

test('every spec in the reference is valid', () => {
  const blocks = [...read('docs/job-spec.md').matchAll(/```yaml\n(name:[\s\S]*?)```/g)];
  assert.ok(blocks.length > 0);
  for (const [, text] of blocks) {
    const parsed = parseSpec(text!, 'job-spec.md', { environment: { KAFKA_USER: 'u', KAFKA_PASSWORD: 'p' } });
    assert.ok(parsed.ok, parsed.ok ? '' : formatSpecProblems(parsed.problems, text!, 'job-spec.md'));
  }
});

test('the committed JSON Schema is the present one', () => {
  assert.deepEqual(
    JSON.parse(read('shared/src/spec/job-spec.schema.json')),
    JSON.parse(JSON.stringify(jobSpecJsonSchema())),
  );
});

test('the reference names every key, with its default', () => {
  const reference = read('docs/job-spec.md');
  let keys = 0;
  walk(jobSpecJsonSchema(), (key, schema) => {
    keys++;
    assert.ok(reference.includes(`\`${key}\``), `docs/job-spec.md does not mention ${key}`);
    const fallback = schema.default;
    if (fallback === undefined || typeof fallback === 'object' || fallback === false) return;
    const row = reference
      .split('\n')
      .find((line) => line.startsWith(`| \`${key}\` |`) && line.includes(`\`${fallback}\``));
    assert.ok(row, `docs/job-spec.md: no row of ${key} names its default ${fallback}`);
  });
  assert.ok(keys > 30);
});

function walk(schema: Record<string, unknown>, visit: (key: string, schema: Record<string, unknown>) => void): void {
  for (const [key, value] of Object.entries(schema)) {
    if (typeof value !== 'object' || value === null) continue;
    const inner = value as Record<string, Record<string, unknown>>;
    if (key === 'properties') for (const [name, property] of Object.entries(inner)) visit(name, property);
    walk(inner, visit);
  }
}
