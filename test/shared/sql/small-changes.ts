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

const second = (of: string) => `TIMESTAMP '2024-01-01' + to_seconds(${of})`;

/** Versions that come up to 25 s out of order; that a row is gone is known by the time of its record. */
const versioned = (name: string, salt: number, changes: ChangesSpec, column: string): Relation => {
  const { rows, ...known } = relation(name, salt, changes);
  const since = (seed: number) =>
    changes.kind === 'upsert'
      ? `CASE WHEN gone THEN ${second('n')} ELSE since - to_seconds(n * 7 % (${seed} + 23)) END`
      : 'since';
  return {
    ...known,
    watermark: { column, delaySeconds: 3 },
    rows: (seed) => `SELECT * REPLACE (${since(seed)} AS since), ${second('n')} AS _timestamp FROM (${rows(seed)})`,
  };
};

/** v: upserts, w: envelopes, whose time is in the row; x: upserts by the time of their records; z: with a key of two columns. */
export const SMALL_VERSIONS: Relation[] = [
  versioned('v', 71, { kind: 'upsert', key: ['id'] }, 'since'),
  versioned('w', 81, { kind: 'debezium', key: ['id'] }, 'since'),
  versioned('x', 91, { kind: 'upsert', key: ['id'] }, '_timestamp'),
  versioned('z', 101, { kind: 'upsert', key: ['id', 'y'] }, 'since'),
];

/** p: upserts. q: envelopes with a key. r: envelopes that are taken at their word. n: upserts whose key may be NULL. */
export const SMALL_CHANGES: Relation[] = [
  relation('p', 21, { kind: 'upsert', key: ['id'] }),
  relation('q', 31, { kind: 'debezium', key: ['id'] }),
  relation('r', 41, { kind: 'debezium', key: null }),
  relation('n', 51, { kind: 'upsert', key: ['id'] }, (key) => `nullif(${key}, 3)`),
];
