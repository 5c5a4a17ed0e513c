import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type JobSpec, type OutputMode, parseSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { documentAt, fencesOf } from './documents.ts';

// Every ```sql block of docs/sql.md names its output mode and must compile over the source that the page declares; what
// "-- refused:" lines follow must be refused with exactly these messages.

const fences = fencesOf(documentAt('docs/sql.md'));
const examples = fences.filter(({ language }) => language === 'sql');
const REFUSED = '-- refused: ';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

function specOfPage(): JobSpec {
  const yaml = fences.find(({ language }) => language === 'yaml');
  const parsed = parseSpec(yaml?.text ?? '', 'docs/sql.md');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.spec;
}

test('the page has examples of every output mode, and of what is refused', () => {
  assert.ok(examples.length > 20);
  for (const mode of ['append', 'update', 'complete']) assert.ok(examples.some(({ info }) => info === mode));
  assert.ok(examples.some(({ text }) => text.includes(REFUSED)));
});

for (const { info, text } of examples) {
  const lines = text.trim().split('\n');
  const expected = lines.filter((line) => line.startsWith(REFUSED)).map((line) => line.slice(REFUSED.length));
  const query = lines.filter((line) => !line.startsWith(REFUSED)).join('\n');
  test(`${expected.length > 0 ? 'refused' : 'compiles'} (${info}): ${query.replace(/\s+/g, ' ')}`, async () => {
    assert.match(info, /^(append|update|complete|changelog)$/, 'the block names an output mode');
    const compiled = await compileJob(
      { ...specOfPage(), outputs: [{ name: null, query, sink: { type: 'noop' }, outputMode: info as OutputMode }] },
      frontend,
    );
    const messages = compiled.ok ? [] : compiled.problems.map(({ message }) => message);
    assert.deepEqual(messages, expected);
  });
}
