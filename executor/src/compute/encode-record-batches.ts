import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MillraceError } from '@millrace/shared/errors';
import { createRecordBatchWriter, partitionOfKey, type RecordBatchWriter } from '@millrace/shared/kafka';
import { type Column, type OutputPlan, WEIGHT_COLUMN } from '@millrace/shared/plan';
import type { EncodedOutput, SinkEncoding } from '../lanes/messages.ts';
import { jsonObject, jsonValue, visibleColumns } from './json-form.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteText } from './sql-text.ts';
import type { TaskOutput } from './task-output.ts';

type RecordBatchesEncoding = Extract<SinkEncoding, { kind: 'recordBatches' }>;

/** Between key and value of a line. JSON escapes it, so neither holds one. */
const TAB = 0x09;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where null keys of a keyed sink go, always: spread out, a later update of theirs could be read before an earlier one. */
const NULL_KEY_PARTITION = 0;

/**
 * Records for Kafka: DuckDB writes a line per row (key as a JSON text, a tab, the value), which is then framed by
 * scanning its bytes; no string is made per row. A row of weight −1 is a tombstone, a line without value. Records of a sink
 * without keys all go to one partition per task, picked by the attempt, like a sticky partitioner.
 */
export async function encodeRecordBatches(
  session: SqlSession,
  output: TaskOutput,
  encoding: RecordBatchesEncoding,
): Promise<EncodedOutput> {
  const path = join(output.folder, `${output.task.stage}-${output.task.attemptId}-${output.name}.lines`);
  try {
    const rows = await session.run(
      `COPY (SELECT ${lineExpression(output, encoding)} FROM (${output.sql})) TO ${quoteText(path)} ` +
        "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')",
      { operator: output.operator },
    );
    const partitions = frameLines(readFileSync(path), output, encoding);
    const framed = partitions.reduce((sum, { records }) => sum + records, 0);
    if (framed !== rows) throw new MillraceError('INTERNAL', `${rows} output rows became ${framed} records.`);
    const bytes = partitions.flatMap(({ batches }) => batches).reduce((sum, batch) => sum + batch.byteLength, 0);
    return { kind: 'recordBatches', rows, bytes, partitions };
  } finally {
    rmSync(path, { force: true });
  }
}

function lineExpression({ plan }: TaskOutput, { keyColumns }: RecordBatchesEncoding): string {
  const columns = visibleColumns(plan.columns);
  const value = jsonObject(columns);
  if (keyColumns.length === 0) return value;
  const key = keyExpression(
    keyColumns.map((name) => columns.find((column) => column.name === name)!),
    plan.mode,
  );
  return `${key} || chr(${TAB}) || CASE WHEN ${WEIGHT_COLUMN} > 0 THEN ${value}::VARCHAR ELSE '' END`;
}

/**
 * One key column is written as its text, several as a JSON object. NULL in the only one is a null key; but where rows are
 * updated it is an object too: a record without a key could not be replaced by a later one, and a compacted topic refuses it.
 */
function keyExpression(columns: readonly Column[], mode: OutputPlan['mode']): string {
  const [only, second] = columns;
  const object = `${jsonObject(columns)}::VARCHAR`;
  if (!only || second) return object;
  return `coalesce(to_json((${jsonValue(only)})::VARCHAR)::VARCHAR, ${mode === 'update' ? object : "'null'"})`;
}

function frameLines(
  lines: Buffer,
  { task }: TaskOutput,
  encoding: RecordBatchesEncoding,
): Extract<EncodedOutput, { kind: 'recordBatches' }>['partitions'] {
  const writers = new Map<number, RecordBatchWriter>();
  const writerOf = (partition: number): RecordBatchWriter => {
    const known = writers.get(partition);
    if (known) return known;
    const { compression, headers, batchBytesMax } = encoding;
    const writer = createRecordBatchWriter({
      compression,
      headers,
      bytesMax: batchBytesMax,
      timestampMs: task.timestampMs,
    });
    writers.set(partition, writer);
    return writer;
  };
  const hasKey = encoding.keyColumns.length > 0;
  const keyless = hasKey ? NULL_KEY_PARTITION : crc32(task.attemptId) % encoding.partitions;
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(NEWLINE, start);
    const tab = hasKey ? lines.indexOf(TAB, start) : start - 1;
    const key = hasKey ? keyOf(lines, start, tab) : NO_KEY;
    const partition = key.bytes ? partitionOfKey(key.bytes, key.start, key.end, encoding.partitions) : keyless;
    const isTombstone = tab + 1 === end;
    writerOf(partition).append(key.bytes, key.start, key.end, isTombstone ? null : lines, tab + 1, end);
    start = end + 1;
  }
  return [...writers]
    .sort(([a], [b]) => a - b)
    .map(([partition, writer]) => {
      const { batches, records } = writer.finish();
      return { partition, batches, records };
    });
}

type Key = { bytes: Buffer | null; start: number; end: number };

const NO_KEY: Key = { bytes: null, start: 0, end: 0 };

/** The bytes of a key written as JSON: the inside of a text, null, or an object as it is. */
function keyOf(lines: Buffer, start: number, end: number): Key {
  if (lines[start] === QUOTE) {
    for (let at = start + 1; at < end; at++) {
      if (lines[at] !== BACKSLASH) continue;
      const bytes = Buffer.from(JSON.parse(lines.toString('utf8', start, end)) as string);
      return { bytes, start: 0, end: bytes.length };
    }
    return { bytes: lines, start: start + 1, end: end - 1 };
  }
  return lines[start] === 0x6e ? NO_KEY : { bytes: lines, start, end };
}
