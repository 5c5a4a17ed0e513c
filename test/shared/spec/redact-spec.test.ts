// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromFailure, toFailure } from '@millrace/shared/errors';
import {
  invalidSpec,
  type JobSpec,
  type OutputSpec,
  parseSpec,
  problemsOf,
  redactedYaml,
  redactSpec,
  type SinkSpec,
  writtenSpec,
} from '@millrace/shared/spec';

const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'hunter2: "x"\n' } as const;

const spec: JobSpec = {
  name: 'job',
  sources: [
    {
      name: 'a',
      type: 'kafka',
      connection: { brokers: ['b:1', 'c:2'], ssl: true, sasl },
      topics: ['one', 'two'],
      startingOffsets: { kind: 'perPartition', offsets: { one: { 0: 5 } } },
      format: {
        kind: 'json',
        columns: [
          { name: 'user id', type: 'STRUCT("a" VARCHAR, "b" DECIMAL(12,2)[])', encoding: 'plain' },
          { name: 'ts', type: 'TIMESTAMP', encoding: 'epochSeconds' },
          { name: 'id', type: 'INTEGER', encoding: 'plain' },
        ],
      },
      changes: { kind: 'debezium', key: ['id'] },
      watermark: { column: 'ts', delayMs: 61_001, idleTimeoutMs: 3_600_000, futureMaxMs: 7_200_000 },
      strict: true,
      onBadRecord: { kind: 'deadLetter', target: { kind: 'topic', topic: 'dead' } },
      onDataLoss: 'fail',
    },
    {
      name: 'b',
      type: 'kafka',
      connection: { brokers: ['b:1'], ssl: false, sasl: null },
      topics: ['three'],
      startingOffsets: { kind: 'timestamp', timestampMs: 1_700_000_000_123 },
      format: { kind: 'raw' },
      changes: null,
      watermark: null,
      strict: false,
      onBadRecord: { kind: 'drop' },
      onDataLoss: 'skip',
    },
  ],
  tables: [
    {
      name: 'prices',
      columns: [{ name: 'code', type: 'VARCHAR', encoding: 'plain' }],
      key: ['code'],
      origin: {
        kind: 'postgres',
        url: 'postgres://reader:hunter2@db.example.org:5433/rates?sslmode=verify-full',
        query: 'SELECT code\nFROM rates',
      },
      refreshIntervalMs: 90_000,
      bytesMax: 2 ** 20,
    },
    {
      name: 'customers',
      columns: [{ name: 'id', type: 'BIGINT', encoding: 'plain' }],
      origin: { kind: 'kafka', connection: { brokers: ['b:1'], ssl: true, sasl }, topic: 'customers' },
      refreshIntervalMs: 300_000,
      bytesMax: 2 ** 28,
    },
    {
      name: 'regions',
      columns: [{ name: 'id', type: 'BIGINT', encoding: 'plain' }],
      origin: { kind: 'file', path: 'regions.bin', format: 'parquet' },
      refreshIntervalMs: 1_000,
      bytesMax: 2 ** 28,
    },
    {
      name: 'rates',
      columns: [
        { name: 'code', type: 'VARCHAR', encoding: 'plain' },
        { name: 'since', type: 'TIMESTAMP', encoding: 'epochMs' },
      ],
      format: 'csv',
      text: 'code,since\r\n"a ""b""",0\n',
    },
    { name: 'more', columns: [{ name: 'x', type: 'BIGINT', encoding: 'plain' }], format: 'json', text: '{"x": 1}' },
  ],
  views: [{ name: 'v', query: 'SELECT 1\n  FROM a\n' }],
  outputs: [
    {
      name: null,
      query:
        "SELECT ': # ${NOT_A_REFERENCE}'\n\tFROM a\n\n  WHERE x = 'a very long line that a writer of YAML would like to fold somewhere in the middle'\n",
      sink: {
        type: 'kafka',
        connection: { brokers: ['b:1'], ssl: false, sasl },
        topic: 'out',
        keyColumns: ['a', 'b'],
        headers: { v: '1', empty: '' },
        compression: 'gzip',
        delivery: { kind: 'atLeastOnce' },
      },
      outputMode: 'update',
    },
  ],
  onLateRow: { kind: 'deadLetter', target: { kind: 'file', path: '/late' } },
  stateTtlMs: 604_800_000,
  trigger: { kind: 'interval', everyMs: 1_500 },
  limits: {
    recordsPerBatchMax: 1_234_567,
    bytesPerBatchMax: 2 ** 30,
    batchDurationTargetMs: 700,
    taskTimeoutMs: 90_000,
  },
  restart: { failuresMax: 0, spanMs: 600_000, backoffInitialMs: 1_000, backoffMax: 30_000 },
};

const sinks: SinkSpec[] = [
  spec.outputs[0]!.sink,
  { type: 'noop' },
  { type: 'console', rowsMax: 3 },
  { type: 'file', path: '/out', format: 'parquet', partitionBy: ['a', 'b'] },
];

test('a written spec parses to the same spec', () => {
  for (const sink of sinks) {
    const written = { ...spec, outputs: spec.outputs.map((output) => ({ ...output, sink })) };
    assert.deepEqual(parseSpec(writtenSpec(written), 'job.yaml'), { ok: true, spec: written });
  }
});

test('so does one with several outputs', () => {
  const [only] = spec.outputs as [OutputSpec];
  const outputs = sinks.map((sink, index) => ({ ...only, name: `o${index}`, sink }));
  assert.deepEqual(parseSpec(writtenSpec({ ...spec, outputs }), 'job.yaml'), { ok: true, spec: { ...spec, outputs } });
  const yaml = redactedYaml({ ...spec, outputs: [{ ...only, name: 'a' }] });
  assert.doesNotMatch(yaml, /hunter2/);
});

test('a redacted spec holds no secret and is else the same', () => {
  const yaml = redactedYaml(spec);
  assert.doesNotMatch(yaml, /hunter2/);
  assert.doesNotMatch(JSON.stringify(redactSpec(spec)), /hunter2/);
  assert.deepEqual(parseSpec(yaml, 'job.yaml'), { ok: true, spec: redactSpec(spec) });
  assert.equal(spec.sources[0]!.connection.sasl!.password, sasl.password, 'the original was changed');
});

test('problems cross the wire inside one error', () => {
  const problems = [{ path: 'query', message: 'm', hint: 'h', line: 1, column: null }];
  const error = fromFailure(toFailure(invalidSpec(problems, 'job.yaml')));
  assert.equal(error.code, 'INVALID_SPEC');
  assert.deepEqual(problemsOf(error), problems);
  assert.deepEqual(problemsOf(fromFailure(toFailure(invalidSpec([], 'job.yaml')))), []);
});
