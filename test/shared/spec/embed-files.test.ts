import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type EmbeddedTable,
  embedTableFiles,
  isFetched,
  type JobSpec,
  parseSpec,
  placeProblems,
  substituteEnvironment,
} from '@millrace/shared/spec';

const ROWS = `code,name\n"a","\${NOT_A_REFERENCE} $\${x}"\n`;
const environment = { FOLDER: 'tables' };

const embeddedIn = ({ tables }: JobSpec): EmbeddedTable => {
  const [table] = tables;
  assert.ok(table && !isFetched(table));
  return table;
};

const yaml = (table: string) => `name: j
sources: { s: { type: kafka, brokers: "b:1", topic: t, columns: { code: VARCHAR } } }
tables:
  codes:
${table}
query: SELECT * FROM s JOIN codes USING (code)
sink: noop
`;

const embed = (text: string, name = 'job.yaml') =>
  embedTableFiles(text, name, environment, async (file) =>
    file.endsWith('none.csv')
      ? { ok: false, message: 'there is no such file', hint: 'Look again.' }
      : { ok: true, text: ROWS.replace('name', file) },
  );

test('the rows of a file take the place of its name, whatever is in them', async () => {
  const written = yaml(`    columns: { code: VARCHAR }\n    file: \${FOLDER}/codes.csv  # here`);
  const { text, problems } = await embed(written);
  assert.deepEqual(problems, []);
  assert.equal(text.split('\n').length, written.split('\n').length);
  const sent = parseSpec(substituteEnvironment(text, environment).text, 'job.yaml');
  const checked = parseSpec(text, 'job.yaml', { environment });
  assert.ok(sent.ok && checked.ok, JSON.stringify(sent));
  assert.deepEqual(sent.spec.tables, checked.spec.tables);
  assert.equal(embeddedIn(sent.spec).text, ROWS.replace('name', 'tables/codes.csv'));
  assert.equal(embeddedIn(sent.spec).format, 'csv');
});

test('in JSON and in maps on one line too', async () => {
  const { text } = await embed(
    `{"name": "j", "sources": {"s": {"type": "kafka", "brokers": "b:1", "topic": "t", "columns": {"code": "VARCHAR"}}},
     "tables": {"codes": {"file": "a.ndjson", "columns": {"code": "VARCHAR"}}}, "query": "SELECT 1", "sink": "noop"}`,
    'job.json',
  );
  const parsed = parseSpec(text, 'job.json', { environment });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.equal(embeddedIn(parsed.spec).format, 'json');
  const flow = await embed(yaml('    { file: rows.txt, format: csv, columns: { code: VARCHAR } }'));
  assert.ok(parseSpec(flow.text, 'job.yaml', { environment }).ok);
});

test('what cannot be had stays, and is told', async () => {
  const told = async (table: string) => {
    const { problems } = await embed(yaml(table));
    return problems.map(({ path, message, line }) => [path, message, line]);
  };
  const path = 'tables.codes.file';
  assert.deepEqual(await told('    file: none.csv'), [[path, 'there is no such file', 5]]);
  assert.deepEqual(await told('    file: rows'), [[path, "the format of the table's file is not known", 5]]);
  assert.deepEqual(await told('    file: [a]'), []);
});

test('a problem inside of rows or a view is placed in the text of the spec', () => {
  const text = `views:\n  v: |\n    SELECT 1,\n      x\ntables:\n  t:\n    csv: |\n      a\n      b\n`;
  const problem = { message: '', hint: '' };
  const placed = placeProblems(
    [
      { ...problem, path: 'views.v', line: 2, column: 3 },
      { ...problem, path: 'tables.t.csv', line: 2, column: 1 },
    ],
    text,
    'job.yaml',
  );
  assert.deepEqual(
    placed.map(({ line, column }) => [line, column]),
    [
      [4, 7],
      [9, 7],
    ],
  );
});
