import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import type { ColumnSpec, FetchedTable } from '@millrace/shared/spec';
import { createTableLoader, type LoadedTable } from '../../../driver/src/tables/table-loader.ts';
import { POSTGRES_PASSWORD, type PostgresServer, startPostgres } from '../../servers/index.ts';
import { fetched, plain, versionRows } from './table-fixture.ts';

let postgres: PostgresServer;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

const loader = createTableLoader({ connectKafka: () => Promise.reject(new Error('no Kafka')), tablesFolder: null });
const { signal } = new AbortController();

const table = (query: string, columns: ColumnSpec[], more: Partial<FetchedTable> = {}) =>
  fetched({ kind: 'postgres', url: postgres.url, query }, columns, more);

async function load(spec: FetchedTable): Promise<LoadedTable> {
  const loaded = await loader.load(spec, null, signal);
  assert.ok(loaded !== 'unchanged');
  return loaded;
}

async function failure(spec: FetchedTable): Promise<MillraceError> {
  const error = await loader.load(spec, null, signal).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof MillraceError, String(error));
  assert.ok(!`${error.message}${error.hint}${JSON.stringify(error.details)}`.includes(POSTGRES_PASSWORD));
  return error;
}

test('every value comes as it is, whatever the session is set to', async () => {
  const query = `SELECT 12345678901234567890.12345::numeric AS exact, 9007199254740993 AS big, 0.1::float8 AS double, 'NaN'::float8 AS nan,
      true AS yes, E'a "b"\\n\\\\' AS text, NULL::text AS nothing, TIMESTAMP '2024-01-02 03:04:05.000006' AS ts,
      TIMESTAMPTZ '2024-01-02 03:04:05+02' AS tz, DATE '2024-01-02' AS day, INTERVAL '1 day 2 hours' AS span,
      ARRAY['x', 'y,z'] AS list, '{"a":\n [1]}'::json AS doc, 1700000000000 AS ms, ROW(1, 'q') AS ignored -- a comment ;`;
  const columns: ColumnSpec[] = [
    plain('exact', 'DECIMAL(30,5)'),
    plain('big', 'BIGINT'),
    plain('double', 'DOUBLE'),
    plain('nan', 'DOUBLE'),
    plain('yes', 'BOOLEAN'),
    plain('text', 'VARCHAR'),
    plain('nothing', 'VARCHAR'),
    plain('ts', 'TIMESTAMP'),
    plain('tz', 'TIMESTAMP WITH TIME ZONE'),
    plain('day', 'DATE'),
    plain('span', 'INTERVAL'),
    plain('list', 'VARCHAR[]'),
    plain('doc', 'JSON'),
    { name: 'ms', type: 'TIMESTAMP', encoding: 'epochMs' },
  ];
  const user = new URL(postgres.url).username;
  await postgres.run(`ALTER ROLE ${user} SET DateStyle = 'German'; ALTER ROLE ${user} SET TimeZone = 'Asia/Tokyo'`);
  const [row] = (await versionRows((await load(table(query, columns))).bytes)) as string[][];
  await postgres.run(`ALTER ROLE ${user} RESET ALL`);
  assert.deepEqual(row, [
    ...['12345678901234567890.12345', '9007199254740993', 0.1, 'NaN', true, 'a "b"\n\\', null],
    ...['2024-01-02 03:04:05.000006', '2024-01-02 01:04:05+00', '2024-01-02', '1 day 02:00:00'],
    ...[['x', 'y,z'], '{"a":[1]}', '2023-11-14 22:13:20'],
  ]);
});

test('equal rows are one version, in whatever order they come, and other rows are another', async () => {
  await postgres.run(`DROP TABLE IF EXISTS r; CREATE TABLE r (k INT, v TEXT);
    INSERT INTO r SELECT n, 'v' || n FROM generate_series(1, 2500) AS s(n)`);
  const columns = [plain('k', 'INTEGER'), plain('v', 'VARCHAR')];
  const up = await load(table('SELECT * FROM r ORDER BY k', columns));
  const down = await load(table('SELECT * FROM r ORDER BY k DESC', columns));
  assert.equal(up.rows, 2500);
  assert.deepEqual(up.bytes, down.bytes);
  await postgres.run("UPDATE r SET v = 'other' WHERE k = 7");
  const changed = await load(table('SELECT * FROM r', columns));
  assert.notDeepEqual(up.bytes, changed.bytes);
  assert.equal((await load(table('SELECT * FROM r WHERE k < 0', columns))).rows, 0);
});

test('what is wrong is told with the table, and nothing of the URL', async () => {
  const columns = [plain('k', 'INTEGER')];
  for (const [spec, code, message] of [
    [table('SELECT 1 AS k FROM nowhere', columns), 'BAD_TABLE', /Postgres says: relation "nowhere" does not exist/],
    [table('SELECT 1 AS n', columns), 'BAD_TABLE', /has no column "k"/],
    [
      table("SELECT 'x' AS k", columns),
      'BAD_TABLE',
      /has a row that is not as the columns say \(row 1 of the query's result\)/,
    ],
    [table('SELECT 1 AS k; DROP TABLE r', columns), 'BAD_TABLE', /Postgres says: /],
    [table('DELETE FROM r RETURNING k', columns), 'BAD_TABLE', /Postgres says: /],
    [table('SELECT * FROM generate_series(1, 100000) AS s(k)', columns), 'BAD_TABLE', /has more than 1MB/],
    [table('SELECT 1 AS k UNION ALL SELECT 1', columns, { key: ['k'] }), 'BAD_TABLE', /1 value of its key k in more/],
  ] as const) {
    const error = await failure(spec);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
  }
  const url = postgres.url.replace(/:[^:@]*@/, ':wrong@');
  const refused = await failure(fetched({ kind: 'postgres', url, query: 'SELECT 1 AS k' }, columns));
  assert.equal(refused.code, 'BAD_TABLE');
});

test('a database that is away may be back', async () => {
  await postgres.kill();
  const error = await failure(table('SELECT 1 AS k', [plain('k', 'INTEGER')]));
  assert.equal(error.code, 'TABLE_UNAVAILABLE');
  await postgres.restart();
  assert.equal((await load(table('SELECT 1 AS k', [plain('k', 'INTEGER')]))).rows, 1);
});
