// Sources whose records are changes of a table: what a lane parses of them, and the SELECT that makes changes of its rows.

import type { Column, MetadataColumn, SourceColumn, SourcePlan } from '../plan/index.ts';
import type { ChangesSpec, ColumnSpec, SourceSpec } from '../spec/job-spec.ts';
import { identifier, literal } from './quote.ts';
import type { SourceRelation } from './relations/relation.ts';
import { decoded, offerOf, sourceColumn } from './source-columns.ts';

/** Of a change: the row of its key is no more. */
export const GONE_COLUMN: Column = { name: '__gone', type: 'BOOLEAN' };

/** Where a change stands: of all changes of one key, which are in one partition, the last one counts. */
export const PLACE_COLUMNS: readonly Column[] = [
  { name: '__topic', type: 'VARCHAR' },
  { name: '__partition_number', type: 'INTEGER' },
  { name: '__offset', type: 'BIGINT' },
];
const PLACE: readonly MetadataColumn[] = [
  { name: '__topic', field: 'topic' },
  { name: '__partition_number', field: 'partition' },
  { name: '__offset', field: 'offset' },
];

const RECORD_KEY = '__key';
const KEY_TEXT = `TRY(decode(${identifier(RECORD_KEY)}))`;

type Parts = { changes: ChangesSpec; read: ColumnSpec[]; keys: ColumnSpec[]; metadata: MetadataColumn[] };

function partsOf({ source, columns }: SourceRelation): Parts {
  const declared = source.format.kind === 'json' ? source.format.columns : [];
  const names = new Set(columns.map(({ name }) => name));
  const changes = source.changes!;
  const metadata = offerOf(source).metadata.filter(({ name }) => names.has(name));
  return {
    ...{ changes, read: declared.filter(({ name }) => names.has(name)) },
    keys: declared.filter(({ name }) => changes.key?.includes(name)),
    metadata: metadata.map(({ name, field }) => ({ name, field })),
  };
}

export function planChanges(relation: SourceRelation): SourcePlan {
  const parts = partsOf(relation);
  const { name } = relation.source;
  return parts.changes.kind === 'upsert' ? planUpserts(name, parts) : planEnvelopes(name, parts, relation.source);
}

/**
 * SELECT over the lane's rows. With a key: the columns of the relation, GONE_COLUMN and PLACE_COLUMNS. Without: the columns, and
 * `weight`, +1 or −1.
 */
export function changesOf(relation: SourceRelation, from: string, weight: string): string {
  const parts = partsOf(relation);
  const names = relation.columns.map(({ name }) => name);
  if (parts.changes.kind === 'upsert') return upserts(parts, names, from);
  return parts.changes.key === null ? imagesOf(parts, from, weight) : envelopes(parts, names, from);
}

// Upsert: the key of the record names the row

function planUpserts(name: string, { read, keys, metadata }: Parts): SourcePlan {
  const record = [
    { name: RECORD_KEY, field: 'key' as const },
    { name: GONE_COLUMN.name, field: 'tombstone' as const },
  ];
  const checks = keys.map((column) => ({
    sql: `${keyValue(column, keys.length)} IS NOT NULL OR ${isNullInKey(column)}`,
    detail: `the key has no ${column.name}, or one that is no ${column.type}`,
  }));
  return {
    ...{ name, columns: read.filter((one) => !keys.includes(one)).map(sourceColumn) },
    ...{ metadata: [...metadata, ...record, ...PLACE], eventTimeColumn: null },
    changes: { tombstones: 'keep', checks },
  };
}

function upserts({ keys }: Parts, names: readonly string[], from: string): string {
  const items = names.map((name) => {
    const key = keys.find((one) => one.name === name);
    return key ? `${keyValue(key, keys.length)} AS ${identifier(name)}` : identifier(name);
  });
  return `SELECT ${[...items, identifier(GONE_COLUMN.name), ...places()].join(', ')} FROM ${from}`;
}

/** A key that is a JSON object has columns as fields; of a single column it may also be the value, as a text or as JSON. */
function keyValue({ name, type, encoding }: ColumnSpec, count: number): string {
  const { jsonType } = sourceColumn({ name, type, encoding });
  const field = `json_extract_string(${KEY_TEXT}, ${literal(pointerTo(name))})`;
  const alone = count === 1 ? KEY_TEXT : 'NULL';
  const quoted = count === 1 ? `json_extract_string(${KEY_TEXT}, '$')` : 'NULL';
  const value = `CASE WHEN json_valid(${KEY_TEXT}) IS NOT TRUE THEN ${alone} WHEN json_type(${KEY_TEXT}) = 'OBJECT' THEN ${field} WHEN json_type(${KEY_TEXT}) = 'VARCHAR' THEN ${quoted} ELSE ${alone} END`;
  return `TRY(${decoded(`CAST(${value} AS ${jsonType})`, encoding)})`;
}

const isNullInKey = ({ name }: ColumnSpec): string =>
  `CASE WHEN json_valid(${KEY_TEXT}) THEN coalesce(json_type(${KEY_TEXT}, ${literal(pointerTo(name))}) = 'NULL', FALSE) ELSE FALSE END`;

const pointerTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

// Debezium: the row before and after, perhaps in the payload of a message with its schema

function planEnvelopes(name: string, { changes, read, keys, metadata }: Parts, source: SourceSpec): SourcePlan {
  const all = source.format.kind === 'json' ? source.format.columns : [];
  // Of a query that reads no column rows are counted all the same.
  const after = read.length > 0 ? read : all.slice(0, 1);
  const before = changes.key === null ? after : keys;
  const op: SourceColumn = {
    name: 'op',
    type: 'VARCHAR',
    jsonType: 'VARCHAR',
    expression: 'coalesce("payload"."op", "op")',
  };
  const payload = structOf([
    { name: 'op', type: 'VARCHAR' },
    { name: 'before', type: imageType(before, 'jsonType') },
    { name: 'after', type: imageType(after, 'jsonType') },
  ]);
  const wrapped = {
    name: 'payload',
    type: 'BOOLEAN',
    jsonType: payload,
    expression: 'CASE WHEN "payload" IS NOT NULL THEN TRUE END',
  };
  return {
    ...{ name, columns: [op, image('before', before), image('after', after), wrapped] },
    ...{ metadata: changes.key === null ? [] : [...metadata, ...PLACE], eventTimeColumn: null },
    changes: { tombstones: 'skip', checks: envelopeChecks(keys) },
  };
}

function image(name: 'before' | 'after', columns: readonly ColumnSpec[]): SourceColumn {
  const row = `coalesce("payload".${identifier(name)}, ${identifier(name)})`;
  const fields = columns.map((one) => `${identifier(one.name)} := ${decoded(field(row, one.name), one.encoding)}`);
  const isPlain = columns.every(({ encoding }) => encoding === 'plain');
  return {
    ...{ name, type: imageType(columns, 'type'), jsonType: imageType(columns, 'jsonType') },
    expression: isPlain ? row : `CASE WHEN ${row} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`,
  };
}

const imageType = (columns: readonly ColumnSpec[], which: 'type' | 'jsonType'): string =>
  structOf(columns.map(sourceColumn).map((one) => ({ name: one.name, type: one[which] })));

const structOf = (fields: readonly Column[]): string =>
  `STRUCT(${fields.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')})`;

const field = (row: string, name: string): string => `struct_extract(${row}, ${literal(name)})`;

function envelopeChecks(keys: readonly ColumnSpec[]): { sql: string; detail: string }[] {
  const needsBefore = keys.length > 0 ? `'d'` : `'u', 'd'`;
  const remedy = keys.length > 0 ? '' : '; declare the key of the source, or have the database log whole rows';
  return [
    { sql: `"op" IN ('c', 'r', 'u', 'd')`, detail: 'op is none of c, r, u and d' },
    { sql: `"op" = 'd' OR "after" IS NOT NULL`, detail: 'there is no row after' },
    { sql: `"op" NOT IN (${needsBefore}) OR "before" IS NOT NULL`, detail: `there is no row before${remedy}` },
    ...keys.map(({ name }) => ({ sql: `${keyOfEnvelope(name)} IS NOT NULL`, detail: `the row has no ${name}` })),
  ];
}

const keyOfEnvelope = (name: string): string =>
  `CASE WHEN "op" = 'd' THEN ${field('"before"', name)} ELSE ${field('"after"', name)} END`;

function envelopes({ keys, metadata }: Parts, names: readonly string[], from: string): string {
  const isKey = (name: string) => keys.some((one) => one.name === name);
  const isMetadata = (name: string) => metadata.some((one) => one.name === name);
  const items = (key: (name: string) => string, gone: string) => {
    const row = names.map((name) => {
      if (isMetadata(name)) return identifier(name);
      return `${isKey(name) ? key(name) : field('"after"', name)} AS ${identifier(name)}`;
    });
    return [...row, `${gone} AS ${identifier(GONE_COLUMN.name)}`, ...places()].join(', ');
  };
  // An update that gives the row another key leaves none under the old one.
  const moved = keys.map(({ name }) => `${field('"before"', name)} <> ${field('"after"', name)}`).join(' OR ');
  return (
    `SELECT ${items(keyOfEnvelope, `"op" = 'd'`)} FROM ${from}\n` +
    `UNION ALL SELECT ${items((name) => field('"before"', name), 'TRUE')} FROM ${from} WHERE "op" = 'u' AND (${moved})`
  );
}

/** Without a key: the row before goes, the row after comes. */
function imagesOf({ read }: Parts, from: string, weight: string): string {
  const rows = (row: string, by: number) =>
    [...read.map(({ name }) => `${field(row, name)} AS ${identifier(name)}`), `${by} AS ${identifier(weight)}`].join(
      ', ',
    );
  return (
    `SELECT ${rows('"after"', 1)} FROM ${from} WHERE "op" <> 'd'\n` +
    `UNION ALL SELECT ${rows('"before"', -1)} FROM ${from} WHERE "op" IN ('u', 'd')`
  );
}

const places = (): string[] => PLACE_COLUMNS.map(({ name }) => identifier(name));
