import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JobSpec, OutputMode, SinkSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

const delivery = { kind: 'atLeastOnce' } as const;
const QUERY = 'SELECT country, "user" AS who, count(*) AS n FROM events GROUP BY ALL';

const CASES: [keyColumns: string[], said: string[]][] = [
  [[], []],
  [['country', 'who'], []],
  [
    ['country', 'n'],
    [
      'The key leaves out who, so updates of different groups would have the same key, and holds n, which is no column of GROUP BY, so an update would not replace the row before it. Use key: [country, who].',
    ],
  ],
  [
    ['country'],
    ['The key leaves out who, so updates of different groups would have the same key. Use key: [country, who].'],
  ],
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

const withSink = (spec: JobSpec, sink: SinkSpec): JobSpec => ({
  ...spec,
  outputs: spec.outputs.map((output) => ({ ...output, sink })),
});

for (const [keyColumns, said] of CASES) {
  test(`a Kafka sink with the key [${keyColumns}] is ${said.length > 0 ? 'refused' : 'taken'}`, async () => {
    const spec = specOf(QUERY, 'update');
    const connection = spec.sources[0]!.connection;
    const sink = {
      type: 'kafka',
      connection,
      topic: 'out',
      keyColumns,
      headers: {},
      compression: 'none',
      delivery,
    } as const;
    const compiled = await compileJob(withSink(spec, sink), frontend);
    const problems = compiled.ok ? [] : compiled.problems;
    assert.deepEqual(
      problems.map(({ path, message, hint }) => [path, `${message} ${hint}`]),
      said.map((text) => ['sink.key', text]),
    );
  });
}

test('of a window either end may be in the key', async () => {
  const query = `SELECT "user", window_start, window_end, count(*) AS n FROM tumble(events, ts, INTERVAL '1 minute') GROUP BY ALL`;
  for (const [end, ok] of [
    ['window_start', true],
    ['window_end', true],
    ['n', false],
  ] as const) {
    const spec = specOf(query, 'update');
    const connection = spec.sources[0]!.connection;
    const key = { keyColumns: ['user', end], headers: {}, compression: 'none' as const, delivery };
    const sink: SinkSpec = { type: 'kafka', connection, topic: 'out', ...key };
    const compiled = await compileJob(withSink(spec, sink), frontend);
    assert.equal(compiled.ok, ok, end);
  }
});

const PARTITIONS: [partitionBy: string[], said: RegExp | null][] = [
  [['day', 'country'], null],
  [['price'], null],
  [['dai'], /The partition column "dai" is no output column of the query/],
  [['day', 'country', 'price', 'batch', 'place'], /by 5 columns; at most 4/],
  [['batch'], /"batch" has the name of the folders of batches/],
  [['items'], /"items" is a VARCHAR\[\]/],
  [['place'], /"place" is a STRUCT/],
];

for (const [partitionBy, said] of PARTITIONS) {
  test(`files partitioned by [${partitionBy}] are ${said ? 'refused' : 'taken'}`, async () => {
    const query = 'SELECT ts::DATE AS day, country, amount AS price, quantity AS batch, items, place FROM events';
    const sink: SinkSpec = { type: 'file', path: '/out', format: 'ndjson', partitionBy };
    const compiled = await compileJob(withSink(specOf(query, 'append'), sink), frontend);
    if (said === null) return assert.ok(compiled.ok, JSON.stringify(compiled));
    assert.ok(!compiled.ok);
    assert.deepEqual(
      compiled.problems.map(({ path }) => path),
      ['sink.partitionBy'],
    );
    assert.match(compiled.problems[0]!.message, said);
  });
}

test('files partitioned by all of their columns are refused', async () => {
  const sink: SinkSpec = { type: 'file', path: '/out', format: 'ndjson', partitionBy: ['country'] };
  const compiled = await compileJob(withSink(specOf('SELECT country FROM events', 'append'), sink), frontend);
  assert.match(compiled.ok ? '' : compiled.problems[0]!.message, /would hold nothing/);
});

const HAVING = `${QUERY} HAVING count(*) > 2`;
const TAKES_BACK: [sink: SinkSpec | 'kafka' | 'keyed', mode: OutputMode, said: RegExp | null][] = [
  [{ type: 'file', path: '/out', format: 'ndjson', partitionBy: [] }, 'update', /a file sink cannot say/],
  ['kafka', 'update', /without a key cannot say/],
  ['keyed', 'update', null],
  [{ type: 'console', rowsMax: 20 }, 'update', null],
  [{ type: 'file', path: '/out', format: 'ndjson', partitionBy: [] }, 'complete', null],
];

for (const [given, mode, said] of TAKES_BACK) {
  const kind = typeof given === 'string' ? given : given.type;
  test(`HAVING in ${mode} mode into ${kind} is ${said ? 'refused' : 'taken'}`, async () => {
    const spec = specOf(HAVING, mode);
    const keyColumns = given === 'keyed' ? ['country', 'who'] : [];
    const kafka = { type: 'kafka', topic: 'out', keyColumns, headers: {}, compression: 'none', delivery } as const;
    const sink = typeof given === 'string' ? { ...kafka, connection: spec.sources[0]!.connection } : given;
    const compiled = await compileJob(withSink(spec, sink), frontend);
    if (said === null) assert.ok(compiled.ok, JSON.stringify(compiled));
    else assert.match(compiled.ok ? '' : compiled.problems.map(({ message }) => message).join(), said);
  });
}
