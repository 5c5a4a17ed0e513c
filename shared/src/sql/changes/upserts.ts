// Upserts: the key of the record names the row, the value is the row, no value deletes it.

import type { ColumnSpec } from '../../spec/job-spec.ts';
import { identifier, literal } from '../quote.ts';
import { decoded, sourceColumn } from '../source-columns.ts';
import { afterColumns, type ChangeReader, type ChangesRead, PLACE } from './change-columns.ts';

const KEY = '__key';
const TOMBSTONE = '__tombstone';
const RECORD_TIME = '__record_time';
const KEY_TEXT = `TRY(decode(${identifier(KEY)}))`;

export const upserts: ChangeReader = {
  plan(parts) {
    const { source, read, declared, keys, metadata, time } = parts;
    const values = declared.filter((one) => !keys.includes(one) && (read.includes(one) || one.name === time));
    const record = [
      ...PLACE,
      { name: KEY, field: 'key' as const },
      { name: TOMBSTONE, field: 'tombstone' as const },
      ...(timeIsValue(parts) ? [{ name: RECORD_TIME, field: 'timestamp' as const }] : []),
    ];
    const checks = keys.map((column) => ({
      sql: `${keyValue(column, keys.length)} IS NOT NULL OR ${isNullInKey(column)}`,
      detail: `the key has no ${column.name}, or one that is no ${column.type}`,
    }));
    return {
      ...{ name: source, columns: values.map(sourceColumn), metadata: [...metadata, ...record], eventTimeColumn: time },
      changes: { tombstones: 'keep', checks },
    };
  },
  select(parts, columns, from) {
    const { keys, time } = parts;
    const items = columns.map((name) => {
      const key = keys.find((one) => one.name === name);
      return key ? `${keyValue(key, keys.length)} AS ${identifier(name)}` : identifier(name);
    });
    const gone = identifier(TOMBSTONE);
    // Of a row that is gone only its record has a time.
    const ofValue = `CASE WHEN ${gone} THEN ${identifier(RECORD_TIME)} ELSE ${identifier(time ?? '')} END`;
    const since = time === null ? null : timeIsValue(parts) ? ofValue : identifier(time);
    return `SELECT ${[...items, ...afterColumns(gone, since)].join(', ')} FROM ${from}`;
  },
};

const timeIsValue = ({ declared, time }: ChangesRead): boolean => declared.some(({ name }) => name === time);

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
