// The one form in which rows leave Millrace as JSON, in Kafka values, Kafka keys and NDJSON files alike:
//   TIMESTAMP                  "2024-01-01T00:00:00.000Z"; six digits only where there are microseconds. The zone is UTC.
//   DECIMAL, HUGEINT, BIGINT   numbers with all their digits
//   DOUBLE, FLOAT              numbers; NaN and infinities, which JSON lacks, are null
//   BLOB                       base64
//   all else                   as DuckDB's to_json writes it, also inside of lists and structs
import { type Column, WEIGHT_COLUMN } from '@millrace/shared/plan';
import { quoteName } from './sql-text.ts';

/** SQL expression: the value of a column, ready for to_json. */
export function jsonValue({ name, type }: Column): string {
  const column = quoteName(name);
  switch (type.toUpperCase()) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_S':
    case 'DATETIME':
      return isoTimestamp(`${column}::TIMESTAMP`);
    case 'TIMESTAMP WITH TIME ZONE':
    case 'TIMESTAMPTZ':
      return isoTimestamp(`(${column} AT TIME ZONE 'UTC')`);
    case 'DOUBLE':
    case 'FLOAT':
      return `CASE WHEN isfinite(${column}) THEN ${column} END`;
    case 'BLOB':
      return `to_base64(${column})`;
    default:
      return column;
  }
}

function isoTimestamp(time: string): string {
  const format = (pattern: string) => `strftime(${time}, '%Y-%m-%dT%H:%M:%S.${pattern}Z')`;
  return `CASE WHEN microsecond(${time}) % 1000 = 0 THEN ${format('%g')} ELSE ${format('%f')} END`;
}

/** SQL expression of type JSON: an object of these columns. */
export function jsonObject(columns: readonly Column[]): string {
  return `to_json(struct_pack(${columns.map((column) => `${quoteName(column.name)} := ${jsonValue(column)}`).join(', ')}))`;
}

/** Columns that a reader of the output sees. */
export function visibleColumns(columns: readonly Column[]): Column[] {
  return columns.filter(({ name }) => name !== WEIGHT_COLUMN);
}
