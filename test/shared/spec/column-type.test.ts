import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parseSpec } from '@millrace/shared/spec';

function typeOf(written: string): string {
  const columns = `{ "c": ${JSON.stringify(written)} }`;
  const source = `{ type: kafka, brokers: "b:9092", topic: t, columns: ${columns} }`;
  const parsed = parseSpec(`{ name: n, sources: { t: ${source} }, query: SELECT 1, sink: noop }`, 't.yaml');
  if (!parsed.ok) return `refused: ${parsed.problems.map((problem) => problem.message).join('; ')}`;
  const { format } = parsed.spec.sources[0]!;
  assert.equal(format.kind, 'json');
  const column = format.kind === 'json' ? format.columns[0]! : assert.fail();
  return column.encoding === 'plain' ? column.type : `${column.type} ${column.encoding}`;
}

const written: Record<string, string> = {
  varchar: 'VARCHAR',
  text: 'VARCHAR',
  int: 'INTEGER',
  bool: 'BOOLEAN',
  real: 'FLOAT',
  'decimal( 12 , 2 )': 'DECIMAL(12,2)',
  'NUMERIC(9)': 'DECIMAL(9,0)',
  DECIMAL: 'DECIMAL(18,3)',
  'timestamp with time zone': 'TIMESTAMP WITH TIME ZONE',
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  'VARCHAR[]': 'VARCHAR[]',
  'int[][]': 'INTEGER[][]',
  'MAP(VARCHAR, DECIMAL(4,1)[])': 'MAP(VARCHAR, DECIMAL(4,1)[])',
  'STRUCT(a INT, "b ""c""" STRUCT(d DATE)[])': 'STRUCT("a" INTEGER, "b ""c""" STRUCT("d" DATE)[])',
  epoch_ms: 'TIMESTAMP epochMs',
  EPOCH_S: 'TIMESTAMP epochSeconds',
};

test('types are read into one spelling', () => {
  for (const [text, type] of Object.entries(written)) assert.equal(typeOf(text), type, text);
});

test('what is no type is refused', () => {
  const wrong = [
    '',
    '()',
    'VARCHAR)',
    'VARCHAR VARCHAR',
    'DECIMAL(0,0)',
    'DECIMAL(39)',
    'DECIMAL(5,6)',
    'DECIMAL(a)',
    'VARCHAR[',
    'INT[3]',
  ];
  const structured = [
    'STRUCT()',
    'STRUCT(a)',
    'STRUCT(a INT',
    'STRUCT("" INT)',
    'MAP(INT)',
    'MAP(INT, )',
    'constructor',
    `${'STRUCT(a '.repeat(40)}INT${')'.repeat(40)}`,
  ];
  const injected = ["VARCHAR'); DROP TABLE t; --", 'VARCHAR; x', 'ENUM(1)', 'read_csv'];
  for (const text of [...wrong, ...structured, ...injected]) assert.match(typeOf(text), /^refused: /, text);
});

test('DuckDB knows every type under the name it is given', async (t) => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  t.after(() => connection.closeSync());
  const plain =
    'BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE VARCHAR DATE TIME TIMESTAMP INTERVAL UUID JSON';
  for (const text of [...plain.split(' '), ...Object.keys(written).filter((key) => !/epoch/i.test(key))]) {
    const type = typeOf(text);
    const described = await connection.runAndReadAll(`DESCRIBE SELECT NULL::${type} AS c`);
    assert.equal(
      String(described.getRows()[0]![1]).replaceAll('"', ''),
      type.replaceAll('"', '').replaceAll('b c', 'b c'),
      text,
    );
  }
});
