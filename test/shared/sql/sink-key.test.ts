import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

const QUERY = 'SELECT country, "user" AS who, count(*) AS n FROM events GROUP BY ALL';

const CASES: [keyColumns: string[], said: string[]][] = [
  [[], []],
  [['country', 'who'], []],
  [['contry'], ['The key column "contry" is no output column of the query. Did you mean "country"?']],
  [['Country'], ['The key column "Country" is no output column of the query. Did you mean "country"?']],
  [
    ['user', 'merchant'],
    [
      'The key column "user" is no output column of the query. Output columns: country, who, n.',
      'The key column "merchant" is no output column of the query. Output columns: country, who, n.',
    ],
  ],
];

for (const [keyColumns, said] of CASES) {
  test(`a Kafka sink with the key [${keyColumns}] is ${said.length > 0 ? 'refused' : 'taken'}`, async () => {
    const spec = specOf(QUERY, 'update');
    const connection = spec.sources[0]!.connection;
    const sink = { type: 'kafka', connection, topic: 'out', keyColumns, headers: {}, compression: 'none' } as const;
    const compiled = await compileJob({ ...spec, sink }, frontend);
    const problems = compiled.ok ? [] : compiled.problems;
    assert.deepEqual(
      problems.map(({ path, message, hint }) => [path, `${message} ${hint}`]),
      said.map((text) => ['sink.key', text]),
    );
  });
}
