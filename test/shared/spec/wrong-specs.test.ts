// Every file in wrong-specs/ is a spec with something wrong; the .txt beside it is what a person is told, word for word.
// After a change of wording: MILLRACE_WRITE_GOLDEN=1 node --test test/shared/spec/wrong-specs.test.ts, then read the diff.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatSpecProblems, parseSpec, substituteEnvironment } from '@millrace/shared/spec';

const folder = join(import.meta.dirname, 'wrong-specs');
const write = process.env.MILLRACE_WRITE_GOLDEN === '1';
const SECRET = 'hunter2-from-outside';
const environment = { KAFKA_BROKERS: 'localhost:9092', KAFKA_PASSWORD: SECRET, TOPIC: 'transactions' };

const names = readdirSync(folder).filter((name) => /\.(yaml|json)$/.test(name));

test('there are wrong specs to look at', () => assert.ok(names.length >= 25));

for (const name of names) {
  test(`what is wrong with ${name}`, () => {
    const text = readFileSync(join(folder, name), 'utf8');
    const parsed = parseSpec(text, name, { environment });
    assert.ok(!parsed.ok, 'the spec was accepted');
    const told = formatSpecProblems(parsed.problems, text, name);
    const golden = join(folder, `${name}.txt`);
    if (write) writeFileSync(golden, told);
    assert.ok(existsSync(golden), `no ${golden}`);
    assert.equal(told, readFileSync(golden, 'utf8'));
    for (const problem of parsed.problems) {
      assert.notEqual(problem.message, '');
      assert.notEqual(problem.hint, '', `no way out of: ${problem.message}`);
      assert.ok((problem.line ?? 1) <= text.split('\n').length);
    }
    assert.ok(!/hunter2/.test(told), 'a secret is shown');
    const { problems } = substituteEnvironment(text, environment, name);
    assert.ok(!/hunter2/.test(JSON.stringify(problems)), 'a secret is in a problem');
  });
}
