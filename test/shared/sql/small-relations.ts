import type { ColumnSpec, EmbeddedTable } from '@millrace/shared/spec';
import type { Relation } from './differential.ts';

/** Rows of each relation. */
export const SMALL_ROWS = 60;

const plain = (name: string, type: string): ColumnSpec => ({ name, type, encoding: 'plain' });
const below = (seed: number, salt: number, limit: number) => `(hash(n, ${seed}, ${salt}) % ${limit})::INTEGER`;
const maybe = (seed: number, salt: number, value: string, nulls = 8) =>
  `CASE WHEN ${below(seed, salt + 100, nulls)} = 0 THEN NULL ELSE ${value} END`;
/** Out of order by up to 20 s. */
const time = (seed: number, salt: number) =>
  `TIMESTAMP '2024-01-01' + to_milliseconds(n * 1000 - ${below(seed, salt, 20_000)})`;

const relation = (name: string, columns: [name: string, type: string, sql: (seed: number) => string][]): Relation => ({
  name,
  columns: columns.map(([column, type]) => plain(column, type)),
  watermark: { column: 'ts', delaySeconds: 4 },
  rows: (seed) =>
    `SELECT n, ${columns.map(([column, type, sql]) => `CAST(${sql(seed)} AS ${type}) AS "${column}"`).join(', ')} FROM range(${SMALL_ROWS}) AS r(n)`,
});

/** Few values, so that keys meet, with NULLs everywhere. */
export const SMALL_RELATIONS: Relation[] = [
  relation('a', [
    ['id', 'BIGINT', () => 'n'],
    ['k', 'INTEGER', (seed) => maybe(seed, 1, below(seed, 1, 6))],
    ['g', 'VARCHAR', (seed) => maybe(seed, 2, `chr(97 + ${below(seed, 2, 4)})`)],
    ['x', 'INTEGER', (seed) => maybe(seed, 3, `${below(seed, 3, 20)} - 5`)],
    ['d', 'DECIMAL(10,2)', (seed) => maybe(seed, 4, `${below(seed, 4, 1000)} / 100`)],
    ['ts', 'TIMESTAMP', (seed) => time(seed, 5)],
  ]),
  relation('b', [
    ['id', 'BIGINT', () => 'n'],
    ['k', 'INTEGER', (seed) => maybe(seed, 11, below(seed, 11, 6))],
    ['g', 'VARCHAR', (seed) => maybe(seed, 12, `chr(97 + ${below(seed, 12, 4)})`)],
    ['y', 'INTEGER', (seed) => maybe(seed, 13, `${below(seed, 13, 20)} - 5`)],
    ['ts', 'TIMESTAMP', (seed) => time(seed, 15)],
  ]),
];

/** Keys that some rows have, with a NULL and one that is there twice. */
export const SMALL_TABLES: EmbeddedTable[] = [
  {
    name: 't',
    columns: [plain('k', 'INTEGER'), plain('label', 'VARCHAR'), plain('low', 'INTEGER')],
    format: 'csv',
    text: 'k,label,low\n0,zero,-3\n1,one,2\n1,uno,8\n3,,4\n,none,1\n9,nine,\n',
  },
  {
    name: 'u',
    columns: [plain('g', 'VARCHAR'), plain('w', 'DECIMAL(10,2)')],
    format: 'csv',
    text: 'g,w\na,1.50\nc,2.25\n',
  },
];
