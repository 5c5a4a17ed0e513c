import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { rowBytes } from '@millrace/shared/plan';

/** Two row groups of DuckDB: of fewer rows the blocks of a table are emptier than they are in the long run. */
const ROWS = 245_760;
/** An estimate is for sizing machines. */
const WITHIN = 1.3;

const text = (letters: number, salt: number) => `left(md5((i * ${salt})::VARCHAR), ${letters})`;
const number = (below: string, salt: number) => `(hash(i, ${salt}) % ${below})`;

const TABLES: [what: string, columns: [type: string, sql: string][]][] = [
  [
    'a text, a count and a sum',
    [
      ['VARCHAR', text(16, 3)],
      ['BIGINT', number('9000000000000000000', 1)],
      ['DECIMAL(38,2)', number('9000000000', 2)],
    ],
  ],
  [
    'numbers',
    [
      ['INTEGER', number('2000000000', 1)],
      ['DOUBLE', 'random()'],
      ['DECIMAL(12,2)', `${number('9000000000', 2)}::BIGINT`],
      ['SMALLINT', number('30000', 4)],
      ['BOOLEAN', number('2', 5)],
    ],
  ],
  [
    'times',
    [
      ['TIMESTAMP', `TIMESTAMP '2024-01-01' + to_microseconds(${number('100000000000', 2)}::BIGINT)`],
      ['DATE', `DATE '2020-01-01' + ${number('2000', 3)}::INTEGER`],
    ],
  ],
  [
    'nested',
    [
      ['VARCHAR[]', `[${text(16, 2)}, ${text(16, 3)}, ${text(16, 5)}]`],
      ['STRUCT(city VARCHAR, "a, (b" INTEGER)', `row(${text(16, 7)}, ${number('2000000000', 3)})`],
      ['MAP(INTEGER, VARCHAR)', `map([1, 2, 3], [${text(16, 2)}, ${text(16, 3)}, ${text(16, 5)}])`],
    ],
  ],
];

for (const [what, columns] of TABLES) {
  test(`a row of state is about as large as is said: ${what}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-row-bytes-'));
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    t.after(() => {
      connection.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    });
    const named = columns.map(([type, sql], index) => ({ name: `c${index}`, type, sql }));
    const ddl = named.map(({ name, type }) => `${name} ${type}`).join(', ');
    await connection.run(`CREATE TEMP TABLE state (${ddl}, __partition UTINYINT)`);
    const values = named.map(({ type, sql }) => `CAST(${sql} AS ${type})`).join(', ');
    await connection.run(
      `INSERT INTO state SELECT ${values}, (i * 128 // ${ROWS})::UTINYINT FROM range(${ROWS}) AS r(i)`,
    );
    const used = "SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'";
    const [[memory]] = (await connection.runAndReadAll(used)).getRows() as [[number]];
    const path = join(folder, 'state.parquet');
    await connection.run(`COPY state TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
    const measured = { memory: memory / ROWS, stored: statSync(path).size / ROWS };
    const estimate = rowBytes({ columns: named });
    for (const where of ['memory', 'stored'] as const) {
      const ratio = estimate[where] / measured[where];
      assert.ok(
        ratio < WITHIN && ratio > 1 / WITHIN,
        `${where}: ${estimate[where]}, measured ${measured[where].toFixed(1)}`,
      );
    }
  });
}

test('a hash of the key is kept in memory and not stored', () => {
  const columns = [{ name: 'k', type: 'BIGINT' }];
  const [plain, hashed] = [rowBytes({ columns }), rowBytes({ columns, hashed: true })];
  assert.deepEqual(
    [plain, hashed],
    [
      { memory: 16, stored: 8 },
      { memory: 23, stored: 8 },
    ],
  );
});
