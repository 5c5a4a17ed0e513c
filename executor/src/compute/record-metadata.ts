import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  MAP,
  mapValue,
  TIMESTAMP,
  timestampValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { MetadataColumn } from '@millrace/shared/plan';
import { type RecordLines, rangeOf, type Segment, segmentOf } from '../read/slice-lines.ts';
import { type RawRecord, readRecordAt } from '../read/slice-records.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName } from './sql-text.ts';

/** Rows in a DuckDB data chunk. */
const CHUNK_ROWS = 2_048;

/** The first and the last whole day of a TIMESTAMP. */
const TIMESTAMP_MIN_MS = -9_223_372_022_400_000;
const TIMESTAMP_MAX_MS = 9_223_372_022_400_000;

type Field = MetadataColumn['field'];

const FIELD_TYPES: Readonly<Record<Field, DuckDBType>> = {
  key: BLOB,
  value: BLOB,
  headers: MAP(VARCHAR, BLOB),
  topic: VARCHAR,
  partition: INTEGER,
  offset: BIGINT,
  timestamp: TIMESTAMP,
  tombstone: BOOLEAN,
};

/** Fields that must be read from the record itself, which slicing must then leave as it is. */
const FIELDS_IN_RECORD: ReadonlySet<Field> = new Set(['key', 'value', 'headers', 'timestamp', 'tombstone']);

export function needsOriginal(metadata: readonly MetadataColumn[]): boolean {
  return metadata.some(({ field }) => FIELDS_IN_RECORD.has(field));
}

/** Makes `table` with one row a record, in order: Kafka's metadata under the names the plan gives them. */
export async function fillMetadata(
  session: SqlSession,
  table: string,
  metadata: readonly MetadataColumn[],
  lines: RecordLines,
): Promise<void> {
  const columns = metadata.map(({ name, field }) => `${quoteName(name)} ${FIELD_TYPES[field]}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE ${quoteName(table)} (${columns.join(', ')})`);
  const types = metadata.map(({ field }) => FIELD_TYPES[field]);
  const inRecord = needsOriginal(metadata);
  const appender = await session.connection.createAppender(table, 'main', 'temp');
  try {
    const chunk = DuckDBDataChunk.create(types, CHUNK_ROWS);
    for (let first = 0; first < lines.count; first += CHUNK_ROWS) {
      const rows = readRows(lines, first, Math.min(first + CHUNK_ROWS, lines.count), inRecord);
      chunk.reset();
      chunk.setColumns(metadata.map(({ field }) => rows.map((row) => fieldOf(field, row))));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

type Row = { topic: string; partition: number; offset: number; segment: Segment; record: RawRecord | null };

function readRows(lines: RecordLines, first: number, until: number, inRecord: boolean): Row[] {
  const rows: Row[] = [];
  let segment = segmentOf(lines, first);
  let range = rangeOf(lines, first);
  for (let line = first; line < until; line++) {
    if (line >= segment.untilLine) segment = segmentOf(lines, line);
    if (line >= range.untilLine) range = rangeOf(lines, line);
    const record = inRecord ? readRecordAt(segment.original!, lines.recordStarts[line]!) : null;
    rows.push({ topic: range.topic, partition: range.partition, offset: lines.offsets[line]!, segment, record });
  }
  return rows;
}

function fieldOf(field: Field, row: Row): DuckDBValue {
  const { record } = row;
  switch (field) {
    case 'topic':
      return row.topic;
    case 'partition':
      return row.partition;
    case 'offset':
      return BigInt(row.offset);
    case 'timestamp':
      return timestampValue(BigInt(inTimestampRange(timestampOfRecord(row.segment, record!))) * 1_000n);
    case 'key':
      return record!.key && blobValue(record!.key);
    case 'value':
      return record!.value && blobValue(record!.value);
    case 'tombstone':
      return record!.value === null;
    case 'headers':
      return headersOf(record!);
    default:
      return field satisfies never;
  }
}

/** A producer may stamp any 64 bits; a TIMESTAMP holds the years −290308 to 294247. */
function inTimestampRange(ms: number): number {
  return Math.min(Math.max(ms, TIMESTAMP_MIN_MS), TIMESTAMP_MAX_MS);
}

/** Kafka allows a header twice, a map does not: the last one counts, as with Java's lastHeader. */
function headersOf(record: RawRecord): DuckDBValue {
  const last = new Map(record.headers);
  return mapValue([...last].map(([key, value]) => ({ key, value: value && blobValue(value) })));
}

export function timestampOfRecord(segment: Segment, record: Pick<RawRecord, 'timestampDelta'>): number {
  return segment.logAppendTime ?? segment.baseTimestamp + record.timestampDelta;
}
