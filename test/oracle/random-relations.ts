import type { ColumnSpec } from '@millrace/shared/spec';
import type { Relation } from '../shared/sql/differential.ts';

/** Rows of each relation. */
export const RANDOM_ROWS = 40;

const plain = (name: string, type: string): ColumnSpec => ({ name, type, encoding: 'plain' });
const below = (seed: number, salt: number, limit: number) => `(hash(n, ${seed}, ${salt}) % ${limit})::INTEGER`;
const maybe = (seed: number, salt: number, value: string, nulls = 8) =>
  `CASE WHEN ${below(seed, salt + 100, nulls)} = 0 THEN NULL ELSE ${value} END`;
/** Out of order by up to 15 s, some of them at one moment. */
const time = (seed: number, salt: number) =>
  maybe(seed, salt, `TIMESTAMP '2024-01-01' + to_seconds(n - ${below(seed, salt, 15)})`, 25);

const relation = (name: string, columns: [name: string, type: string, sql: (seed: number) => string][]): Relation => ({
  name,
  columns: columns.map(([column, type]) => plain(column, type)),
  watermark: { column: 'ts', delaySeconds: 3 },
  rows: (seed) =>
    `SELECT n, ${columns.map(([column, type, sql]) => `CAST(${sql(seed)} AS ${type}) AS "${column}"`).join(', ')} FROM range(${RANDOM_ROWS}) AS r(n)`,
});

/** Few values, so that keys meet, with NULLs everywhere. */
export const RANDOM_RELATIONS: Relation[] = [
  relation('a', [
    ['id', 'BIGINT', () => 'n'],
    ['k', 'INTEGER', (seed) => maybe(seed, 1, below(seed, 1, 6))],
    ['g', 'VARCHAR', (seed) => maybe(seed, 2, `chr(97 + ${below(seed, 2, 4)})`)],
    ['x', 'INTEGER', (seed) => maybe(seed, 3, `${below(seed, 3, 20)} - 5`)],
    ['items', 'INTEGER[]', (seed) => maybe(seed, 4, `[${below(seed, 4, 5)}, NULL, 2][:${below(seed, 5, 4)}]`)],
    [
      'place',
      'STRUCT(p INTEGER, q VARCHAR)',
      (seed) => maybe(seed, 6, `{'p': ${maybe(seed, 7, below(seed, 7, 5))}, 'q': chr(97 + ${below(seed, 8, 3)})}`),
    ],
    [
      'tags',
      'MAP(VARCHAR, INTEGER)',
      (seed) => maybe(seed, 9, `MAP {chr(97 + ${below(seed, 9, 3)}): ${below(seed, 10, 6)}}`),
    ],
    ['ts', 'TIMESTAMP', (seed) => time(seed, 11)],
  ]),
  relation('b', [
    ['id', 'BIGINT', () => 'n'],
    ['k', 'INTEGER', (seed) => maybe(seed, 21, below(seed, 21, 6))],
    ['g', 'VARCHAR', (seed) => maybe(seed, 22, `chr(97 + ${below(seed, 22, 4)})`)],
    ['y', 'INTEGER', (seed) => maybe(seed, 23, `${below(seed, 23, 20)} - 5`)],
    ['ts', 'TIMESTAMP', (seed) => time(seed, 24)],
  ]),
];
