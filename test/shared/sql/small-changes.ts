import type { ChangesSpec, ColumnSpec } from '@millrace/shared/spec';
import type { Relation } from './differential.ts';
import { SMALL_ROWS } from './small-relations.ts';

const COLUMNS: ColumnSpec[] = [
  { name: 'id', type: 'INTEGER', encoding: 'plain' },
  { name: 'g', type: 'VARCHAR', encoding: 'plain' },
  { name: 'y', type: 'INTEGER', encoding: 'plain' },
  { name: 'd', type: 'DECIMAL(10,2)', encoding: 'plain' },
  { name: 'since', type: 'TIMESTAMP', encoding: 'epochMs' },
];

const below = (seed: number, salt: number, limit: number) => `(hash(m, ${seed}, ${salt}) % ${limit})::INTEGER`;
const maybe = (seed: number, salt: number, value: string) =>
  `CASE WHEN ${below(seed, salt + 100, 7)} = 0 THEN NULL ELSE ${value} END`;

/** Changes of few rows, each many times: values that stay, NULLs, rows that go and come back; every sixth change comes twice. */
const relation = (name: string, salt: number, changes: ChangesSpec, id = (key: string) => key): Relation => ({
  ...{ name, columns: COLUMNS, watermark: null, changes },
  rows: (seed) =>
    `SELECT n, CAST(${id(below(seed, salt, 8))} AS INTEGER) AS id, ${maybe(seed, salt + 1, `chr(97 + ${below(seed, salt + 1, 3)})`)} AS g, ` +
    `${maybe(seed, salt + 2, `${below(seed, salt + 2, 12)} - 3`)} AS y, CAST(${maybe(seed, salt + 3, `${below(seed, salt + 3, 300)} / 100`)} AS DECIMAL(10,2)) AS d, ` +
    `CAST(${maybe(seed, salt + 4, `TIMESTAMP '2024-01-01' + to_seconds(m)`)} AS TIMESTAMP) AS since, ${below(seed, salt + 5, 5)} = 0 AS gone ` +
    `FROM (SELECT n, n - (n % 6 = 5)::INTEGER AS m FROM range(${SMALL_ROWS}) AS r(n))`,
});

/** p: upserts. q: envelopes with a key. r: envelopes that are taken at their word. n: upserts whose key may be NULL. */
export const SMALL_CHANGES: Relation[] = [
  relation('p', 21, { kind: 'upsert', key: ['id'] }),
  relation('q', 31, { kind: 'debezium', key: ['id'] }),
  relation('r', 41, { kind: 'debezium', key: null }),
  relation('n', 51, { kind: 'upsert', key: ['id'] }, (key) => `nullif(${key}, 3)`),
];
