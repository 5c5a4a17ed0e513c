// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JobSpec, type OutputSpec, parseSpec, type SinkSpec } from '@millrace/shared/spec';
import { stringify } from 'yaml';

const source = {
  type: 'kafka',
  brokers: 'localhost:9092',
  topic: 'payments',
  columns: { user: 'VARCHAR', ts: 'epoch_ms' },
};
const minimal = { name: 'job', sources: { payments: source }, query: 'SELECT 1', sink: 'console' };

function specOf(written: unknown): JobSpec {
  const parsed = parseSpec(stringify(written), 'job.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.spec;
}

const outputOf = (written: unknown): OutputSpec => specOf(written).outputs[0]!;

const withSource = (extra: object): JobSpec['sources'][number] =>
  specOf({ ...minimal, sources: { payments: { ...source, ...extra } } }).sources[0]!;

test('the defaults of a minimal spec', () => {
  assert.deepEqual(specOf(minimal), {
    name: 'job',
    sources: [
      {
        name: 'payments',
        type: 'kafka',
        connection: { brokers: ['localhost:9092'], ssl: false, sasl: null },
        topics: ['payments'],
        startingOffsets: { kind: 'earliest' },
        format: {
          kind: 'json',
          columns: [
            { name: 'user', type: 'VARCHAR', encoding: 'plain' },
            { name: 'ts', type: 'TIMESTAMP', encoding: 'epochMs' },
          ],
        },
        changes: null,
        watermark: null,
        strict: false,
        onBadRecord: { kind: 'fail' },
        onDataLoss: 'fail',
      },
    ],
    tables: [],
    views: [],
    outputs: [{ name: null, query: 'SELECT 1', sink: { type: 'console', rowsMax: 20 }, outputMode: 'append' }],
    onLateRow: { kind: 'drop' },
    stateTtlMs: null,
    trigger: { kind: 'asap' },
    limits: {
      recordsPerBatchMax: 5_000_000,
      bytesPerBatchMax: 512_000_000,
      batchDurationTargetMs: 600,
      taskTimeoutMs: 300_000,
    },
    restart: { failuresMax: 5, spanMs: 600_000, backoffInitialMs: 1_000, backoffMax: 30_000 },
  });
});

test('the forms of a source', () => {
  const cases: [object, object][] = [
    [{ brokers: 'a:1, b:2' }, { connection: { brokers: ['a:1', 'b:2'], ssl: false, sasl: null } }],
    [{ brokers: ['a:1', '[::1]:2'] }, { connection: { brokers: ['a:1', '[::1]:2'], ssl: false, sasl: null } }],
    [
      { ssl: true, sasl: { mechanism: 'plain', username: 'u', password: 'p' } },
      {
        connection: {
          brokers: ['localhost:9092'],
          ssl: true,
          sasl: { mechanism: 'plain', username: 'u', password: 'p' },
        },
      },
    ],
    [{ topic: undefined, topics: ['a', 'b'] }, { topics: ['a', 'b'] }],
    [{ startingOffsets: 'latest' }, { startingOffsets: { kind: 'latest' } }],
    [
      { startingOffsets: { timestamp: '2024-01-01T02:00:00+02:00' } },
      { startingOffsets: { kind: 'timestamp', timestampMs: Date.UTC(2024, 0, 1) } },
    ],
    [
      { startingOffsets: { offsets: { payments: { 0: 5, 11: '1_000' } } } },
      { startingOffsets: { kind: 'perPartition', offsets: { payments: { 0: 5, 11: 1_000 } } } },
    ],
    [{ format: 'raw', columns: undefined }, { format: { kind: 'raw' } }],
    [{ strict: true }, { strict: true }],
    [
      { watermark: { column: 'ts', delay: '5s', futureMax: '400d' } },
      { watermark: { column: 'ts', delayMs: 5_000, idleTimeoutMs: 30_000, futureMaxMs: 400 * 86_400_000 } },
    ],
    [
      { watermark: { column: 'ts', delay: '5s' } },
      { watermark: { column: 'ts', delayMs: 5_000, idleTimeoutMs: 30_000, futureMaxMs: 86_400_000 } },
    ],
    [
      { watermark: { column: 'TS', delay: '0s' } },
      { watermark: { column: 'ts', delayMs: 0, idleTimeoutMs: 30_000, futureMaxMs: 86_400_000 } },
    ],
    [
      { watermark: { column: '_timestamp', delay: '1m', idleTimeout: '2m' } },
      { watermark: { column: '_timestamp', delayMs: 60_000, idleTimeoutMs: 120_000, futureMaxMs: 86_400_000 } },
    ],
    [{ changes: 'upsert', key: 'USER' }, { changes: { kind: 'upsert', key: ['user'] } }],
    [{ changes: 'debezium' }, { changes: { kind: 'debezium', key: null } }],
    [{ changes: 'debezium', key: ['ts', 'user'] }, { changes: { kind: 'debezium', key: ['ts', 'user'] } }],
    [{ onBadRecord: 'drop' }, { onBadRecord: { kind: 'drop' } }],
    [{ onDataLoss: 'skip' }, { onDataLoss: 'skip' }],
    [
      { onBadRecord: { deadLetter: { topic: 'dead' } } },
      { onBadRecord: { kind: 'deadLetter', target: { kind: 'topic', topic: 'dead' } } },
    ],
    [
      { onBadRecord: { deadLetter: { file: '/dead' } } },
      { onBadRecord: { kind: 'deadLetter', target: { kind: 'file', path: '/dead' } } },
    ],
  ];
  for (const [written, expected] of cases) {
    const compiled = withSource(written);
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(Reflect.get(compiled, key), value, JSON.stringify(written));
  }
});

test('the forms of sinks and triggers', () => {
  const connection = { brokers: ['b:1'], ssl: false, sasl: null };
  const exactlyOnce = { kind: 'exactlyOnce', transactionTimeoutMs: 900_000 } as const;
  const plain = {
    type: 'kafka' as const,
    connection,
    topic: 'out',
    keyColumns: [],
    headers: {},
    compression: 'none' as const,
  };
  const sinks: [unknown, SinkSpec][] = [
    ['noop', { type: 'noop' }],
    [{ type: 'noop' }, { type: 'noop' }],
    [
      { type: 'console', rows: 5 },
      { type: 'console', rowsMax: 5 },
    ],
    [
      { type: 'file', path: 'out' },
      { type: 'file', path: 'out', format: 'ndjson', partitionBy: [] },
    ],
    [
      { type: 'file', path: 'out', partitionBy: 'day' },
      { type: 'file', path: 'out', format: 'ndjson', partitionBy: ['day'] },
    ],
    [
      { type: 'kafka', brokers: 'b:1', topic: 'out' },
      {
        type: 'kafka',
        connection,
        topic: 'out',
        keyColumns: [],
        headers: {},
        compression: 'none',
        delivery: exactlyOnce,
      },
    ],
    [
      { type: 'kafka', brokers: 'b:1', topic: 'out', key: 'user', headers: { v: '1' }, compression: 'zstd' },
      {
        type: 'kafka',
        connection,
        topic: 'out',
        keyColumns: ['user'],
        headers: { v: '1' },
        compression: 'zstd',
        delivery: exactlyOnce,
      },
    ],
    [
      { type: 'kafka', brokers: 'b:1', topic: 'out', delivery: 'atLeastOnce' },
      { ...plain, delivery: { kind: 'atLeastOnce' } },
    ],
    [
      { type: 'kafka', brokers: 'b:1', topic: 'out', transactionTimeout: '30s' },
      { ...plain, delivery: { kind: 'exactlyOnce', transactionTimeoutMs: 30_000 } },
    ],
  ];
  for (const [sink, expected] of sinks) assert.deepEqual(outputOf({ ...minimal, sink }).sink, expected);
  const triggers: [unknown, JobSpec['trigger']][] = [
    ['once', { kind: 'once' }],
    ['availableNow', { kind: 'availableNow' }],
    ['asap', { kind: 'asap' }],
    ['2s', { kind: 'interval', everyMs: 2_000 }],
    [{ interval: '1m' }, { kind: 'interval', everyMs: 60_000 }],
  ];
  for (const [trigger, expected] of triggers) assert.deepEqual(specOf({ ...minimal, trigger }).trigger, expected);
});

test('JSON is read like YAML, and strictly in a .json file', () => {
  const json = JSON.stringify(minimal, null, 2);
  assert.deepEqual(parseSpec(json, 'job.json'), { ok: true, spec: specOf(minimal) });
  assert.equal(parseSpec(stringify(minimal), 'job.json').ok, false);
});

test('without an environment texts are taken as they are', () => {
  assert.equal(outputOf({ ...minimal, query: "SELECT '${X}', '$${Y}'" }).query, "SELECT '${X}', '$${Y}'");
});

test('an alias stands for what it names', () => {
  const text = `
name: job
sources:
  payments: { type: kafka, brokers: "b:1", topic: in, columns: { a: INT }, sasl: &login { mechanism: plain, username: u, password: p } }
query: SELECT a FROM payments
sink: { type: kafka, brokers: "b:1", topic: out, sasl: *login }
`;
  const parsed = parseSpec(text, 'job.yaml');
  assert.ok(parsed.ok);
  const [{ sink }] = parsed.spec.outputs as [OutputSpec];
  assert.ok(sink.type === 'kafka');
  assert.deepEqual(sink.connection.sasl, parsed.spec.sources[0]!.connection.sasl);
});

test('hostile texts are refused with a problem and without delay', () => {
  const hostile = [
    'x'.repeat(1024 * 1024 + 1),
    '['.repeat(100_000),
    '{a: '.repeat(50_000),
    Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`).join('\n'),
    `a: &a {b: *a}`,
    '- '.repeat(20_000),
    `a: ${'b: '.repeat(20_000)}`,
    '__proto__: { name: x }\nconstructor: 1',
    '\0',
    '? ? ? a',
    '"\ud800": 1',
  ];
  for (const text of hostile) {
    const parsed = parseSpec(text, 'job.yaml');
    assert.ok(!parsed.ok && parsed.problems.length > 0 && parsed.problems.length <= 100, text.slice(0, 40));
  }
});

test('a text of very many pieces is not parsed at all, a long query is', () => {
  const parsed = parseSpec('a: 1\n'.repeat(100_000), 'job.yaml');
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map(({ message }) => message),
    ['the spec has more than 100000 keys, values, brackets and lines'],
  );
  const query = `SELECT ${'1,\n'.repeat(60_000)} 1`;
  assert.equal(outputOf({ ...minimal, query }).query, query);
});

test('a name that maps would pass over is refused wherever it stands', () => {
  for (const text of [
    'sources: { __proto__: { topic: t } }',
    'sources: { a: { columns: { "__proto__": VARCHAR } } }',
  ]) {
    const parsed = parseSpec(text, 'job.yaml');
    assert.ok(!parsed.ok && parsed.problems.some(({ message }) => message.includes('__proto__')), text);
  }
});
