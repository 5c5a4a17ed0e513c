import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSpec, withFurther } from '@millrace/shared/spec';

const RIGHT = {
  name: 'job',
  sources: { events: { type: 'kafka', brokers: 'b:1', topic: 't', columns: { user: 'VARCHAR' } } },
  query: 'SELECT "user" FROM events',
  sink: { type: 'kafka', brokers: 'b:1', topic: 'out' },
};

const restOf = (spec: object) => {
  const parsed = parseSpec(JSON.stringify(spec), 'job.json');
  assert.ok(!parsed.ok);
  return parsed.rest;
};

test('the query and the sources are left where something else is wrong', () => {
  const { sources, sink } = RIGHT;
  const wrong = [
    { ...RIGHT, limits: { recordsPerBatch: 'many' } },
    { ...RIGHT, nme: 'x' },
    { ...RIGHT, name: undefined },
    { ...RIGHT, outputMode: 'updat', trigger: 'someday' },
    { ...RIGHT, sink: { ...sink, kee: 'user', compression: 'brotli' } },
    { ...RIGHT, sink: undefined },
    { ...RIGHT, sources: { events: { ...sources.events, onBadRecord: 'skip', startingOffsets: 'soon' } } },
  ];
  for (const spec of wrong) {
    const rest = restOf(spec);
    assert.equal(rest?.outputs[0]?.query, RIGHT.query, JSON.stringify(spec));
    assert.deepEqual(rest?.sources[0]?.topics, ['t']);
  }
});

test('of several outputs each is left as far as it goes', () => {
  const { query, sink, ...others } = RIGHT;
  const outputs = { a: { query, sink: { ...sink, kee: 'user' } }, b: { query, sink: 'console', outputMode: 'updat' } };
  const rest = restOf({ ...others, outputs });
  assert.deepEqual(
    rest?.outputs.map((one) => [one.name, one.query, one.sink.type, one.outputMode]),
    [
      ['a', query, 'noop', 'append'],
      ['b', query, 'console', 'append'],
    ],
  );
  assert.equal(restOf({ ...others, outputs: { a: { sink } } }), null);
});

test('nothing is left where what is wrong would make other things look wrong', () => {
  const { events } = RIGHT.sources;
  assert.equal(restOf({ ...RIGHT, sources: { events: { ...events, columns: { user: 'TEXTT' } } } }), null);
  assert.equal(restOf({ ...RIGHT, query: 7 }), null);
  assert.equal(restOf({ ...RIGHT, sources: 'events' }), null);
  assert.equal(restOf([]), null);
});

test('what is found in the rest comes beside what was told, in the order of the text, and not twice for one place', () => {
  const at = (path: string, line: number) => ({ path, message: `${path} ${line}`, hint: '', line, column: 1 });
  const all = withFurther(
    [at('limits', 9), at('outputMode', 5)],
    [at('query', 3), at('outputMode', 5), at('query', 2)],
  );
  assert.deepEqual(
    all.map(({ path, line }) => [path, line]),
    [
      ['query', 2],
      ['query', 3],
      ['outputMode', 5],
      ['limits', 9],
    ],
  );
});
