// Debezium's envelopes: the row before and after, perhaps in the payload of a message that has its schema beside it.

import type { Column, SourceChanges, SourceColumn } from '../../plan/index.ts';
import type { ColumnSpec } from '../../spec/job-spec.ts';
import { identifier, literal } from '../quote.ts';
import { decoded, sourceColumn } from '../source-columns.ts';
import { afterColumns, type ChangeReader, type ChangesRead, PLACE } from './change-columns.ts';

/** Read by nobody's name: no envelope has such a field. */
const EVENT_TIME = '__event_time';

/** When the change was made and, where that is not known, when it was read; ms. */
const TIMES: readonly Column[] = [
  { name: 'source', type: 'STRUCT("ts_ms" BIGINT)' },
  { name: 'ts_ms', type: 'BIGINT' },
];
const CHANGED_MS = 'coalesce("payload"."source"."ts_ms", "source"."ts_ms", "payload"."ts_ms", "ts_ms")';

export const envelopes: ChangeReader = {
  plan(parts) {
    const { source, changes, read, declared, keys, metadata, time } = parts;
    const timed =
      time === null || read.some(({ name }) => name === time) ? [] : declared.filter(({ name }) => name === time);
    // Of a query that reads no column rows are counted all the same.
    const after = read.length > 0 ? [...read, ...timed] : declared.slice(0, 1);
    const before = changes.key === null ? after : keys;
    const ofRow = declared.find(({ name }) => name === time);
    const columns = [
      { name: 'op', type: 'VARCHAR', jsonType: 'VARCHAR', expression: 'coalesce("payload"."op", "op")' },
      image('before', before),
      image('after', after),
      ...(ofRow
        ? [
            ...TIMES.map(({ name, type }) => ({ name, type, jsonType: type, expression: identifier(name) })),
            eventTime(ofRow),
          ]
        : []),
    ];
    const fields = columns
      .filter(({ name }) => name !== EVENT_TIME)
      .map(({ name, jsonType }) => ({ name, type: jsonType }));
    const payload = {
      ...{ name: 'payload', type: 'BOOLEAN', jsonType: structOf(fields) },
      expression: 'CASE WHEN "payload" IS NOT NULL THEN TRUE END',
    };
    return {
      ...{ name: source, columns: [...columns, payload] },
      metadata: changes.key === null ? [] : [...metadata, ...PLACE],
      eventTimeColumn: ofRow ? EVENT_TIME : time,
      changes: { tombstones: 'skip', checks: checksOf(keys) },
    };
  },
  select({ declared, keys, metadata, time }, columns, from) {
    const isKey = (name: string) => keys.some((one) => one.name === name);
    const isMetadata = (name: string) => metadata.some((one) => one.name === name);
    const since = time === null ? null : identifier(declared.some(({ name }) => name === time) ? EVENT_TIME : time);
    const items = (key: (name: string) => string, gone: string) => {
      const row = columns.map((name) => {
        if (isMetadata(name)) return identifier(name);
        return `${isKey(name) ? key(name) : field('"after"', name)} AS ${identifier(name)}`;
      });
      return [...row, ...afterColumns(gone, since)].join(', ');
    };
    // An update that gives the row another key leaves none under the old one.
    const moved = keys.map(({ name }) => `${field('"before"', name)} <> ${field('"after"', name)}`).join(' OR ');
    return (
      `SELECT ${items(keyOf, `"op" = 'd'`)} FROM ${from}\n` +
      `UNION ALL SELECT ${items((name) => field('"before"', name), 'TRUE')} FROM ${from} WHERE "op" = 'u' AND (${moved})`
    );
  },
};

/** Without a key: the row before goes, the row after comes. `weight` is the column that says so, +1 or −1. */
export function imagesOf({ read }: ChangesRead, from: string, weight: string): string {
  const rows = (row: string, by: number) =>
    [...read.map(({ name }) => `${field(row, name)} AS ${identifier(name)}`), `${by} AS ${identifier(weight)}`].join(
      ', ',
    );
  return (
    `SELECT ${rows('"after"', 1)} FROM ${from} WHERE "op" <> 'd'\n` +
    `UNION ALL SELECT ${rows('"before"', -1)} FROM ${from} WHERE "op" IN ('u', 'd')`
  );
}

function image(name: 'before' | 'after', columns: readonly ColumnSpec[]): SourceColumn {
  const row = imageOf(name);
  const fields = columns.map((one) => `${identifier(one.name)} := ${decoded(field(row, one.name), one.encoding)}`);
  const isPlain = columns.every(({ encoding }) => encoding === 'plain');
  const type = (which: 'type' | 'jsonType') =>
    structOf(columns.map(sourceColumn).map((one) => ({ name: one.name, type: one[which] })));
  return {
    ...{ name, type: type('type'), jsonType: type('jsonType') },
    expression: isPlain ? row : `CASE WHEN ${row} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`,
  };
}

const imageOf = (name: string): string => `coalesce("payload".${identifier(name)}, ${identifier(name)})`;

const structOf = (fields: readonly Column[]): string =>
  `STRUCT(${fields.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')})`;

const field = (row: string, name: string): string => `struct_extract(${row}, ${literal(name)})`;

/** The time of the row; of one that is gone, of the change. */
function eventTime({ name, encoding }: ColumnSpec): SourceColumn {
  const ofRow = decoded(field(imageOf('after'), name), encoding);
  return {
    ...{ name: EVENT_TIME, type: 'TIMESTAMP', jsonType: 'BIGINT' },
    expression: `CASE WHEN coalesce("payload"."op", "op") = 'd' THEN make_timestamp_ms(${CHANGED_MS}) ELSE ${ofRow} END`,
  };
}

function checksOf(keys: readonly ColumnSpec[]): SourceChanges['checks'] {
  const needsBefore = keys.length > 0 ? `'d'` : `'u', 'd'`;
  const remedy = keys.length > 0 ? '' : '; declare the key of the source, or have the database log whole rows';
  return [
    { sql: `"op" IN ('c', 'r', 'u', 'd')`, detail: 'op is none of c, r, u and d' },
    { sql: `"op" = 'd' OR "after" IS NOT NULL`, detail: 'there is no row after' },
    { sql: `"op" NOT IN (${needsBefore}) OR "before" IS NOT NULL`, detail: `there is no row before${remedy}` },
    ...keys.map(({ name }) => ({ sql: `${keyOf(name)} IS NOT NULL`, detail: `the row has no ${name}` })),
  ];
}

const keyOf = (name: string): string =>
  `CASE WHEN "op" = 'd' THEN ${field('"before"', name)} ELSE ${field('"after"', name)} END`;
