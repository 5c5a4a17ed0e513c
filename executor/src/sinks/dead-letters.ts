import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createRecordBatchWriter } from '@millrace/shared/kafka';
import type { BadRecord, EncodedOutput, SinkEncoding } from '../lanes/messages.ts';

/** Of a Date. */
const DATE_MAX_MS = 8.64e15;

/** Of a record, for all of a letter but key and value, and what Kafka puts around it. Bytes. */
const AROUND_BYTES = 16 * 1024;
/** Of what is told to people; it may quote the record. Characters. */
const DETAIL_LENGTH_MAX = 1_000;

/**
 * A bad record as the JSON object that is written to the dead-letter topic or file: where it was, why it is bad, and its
 * raw bytes in base64, so that it can be repaired and sent again. What would not fit into `bytesMax` is cut and says so: a letter
 * that Kafka refuses would stop the job for ever.
 */
export function deadLetterLine(record: BadRecord, batchId: number, bytesMax = Number.POSITIVE_INFINITY): string {
  const { source, topic, partition, offset, timestampMs, reason, detail, key, value } = record;
  const room = Math.floor(((bytesMax - AROUND_BYTES) * 3) / 4);
  const keyRoom = Math.min(key?.length ?? 0, Math.floor(room / 4));
  return JSON.stringify({
    source,
    topic,
    partition,
    offset,
    timestamp: timestampText(timestampMs),
    batch: batchId,
    reason,
    detail: detail.slice(0, DETAIL_LENGTH_MAX),
    ...rawBytes('key', key, keyRoom),
    ...rawBytes('value', value, room - keyRoom),
  });
}

/** As the target sink wants them. `filePath` is used when that is a file; its folder is made. */
export async function encodeDeadLetters(
  records: readonly BadRecord[],
  encoding: SinkEncoding,
  options: { filePath: string; batchId: number; batchTimestampMs: number },
): Promise<EncodedOutput> {
  const bytesMax = encoding.kind === 'recordBatches' ? encoding.batchBytesMax : undefined;
  const lines = records.map((record) => deadLetterLine(record, options.batchId, bytesMax));
  switch (encoding.kind) {
    case 'file':
      return toFile(lines, options.filePath);
    case 'recordBatches':
      return toRecordBatches(records, lines, encoding, options.batchTimestampMs);
    case 'rows':
    case 'none':
      return { kind: 'none', rows: lines.length };
    default:
      return encoding satisfies never;
  }
}

async function toFile(lines: readonly string[], path: string): Promise<EncodedOutput> {
  const text = lines.map((line) => `${line}\n`).join('');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return { kind: 'file', rows: lines.length, path, bytes: Buffer.byteLength(text) };
}

/** Keyed by nothing, into the partition of the same number where there is one: order and origin stay easy to follow. */
function toRecordBatches(
  records: readonly BadRecord[],
  lines: readonly string[],
  encoding: Extract<SinkEncoding, { kind: 'recordBatches' }>,
  timestampMs: number,
): EncodedOutput {
  const { compression, headers, batchBytesMax: bytesMax } = encoding;
  const writers = new Map<number, ReturnType<typeof createRecordBatchWriter>>();
  records.forEach((record, index) => {
    const partition = record.partition % encoding.partitions;
    const writer = writers.get(partition) ?? createRecordBatchWriter({ compression, bytesMax, headers, timestampMs });
    writers.set(partition, writer);
    const value = Buffer.from(lines[index]!);
    writer.append(null, 0, 0, value, 0, value.length);
  });
  const partitions = [...writers].map(([partition, writer]) => ({ partition, ...writer.finish() }));
  const bytes = partitions.reduce((sum, finished) => sum + finished.bytes, 0);
  return { kind: 'recordBatches', rows: lines.length, bytes, partitions };
}

/** A producer may stamp any 64 bits; those that are no date are written as they are. */
function timestampText(timestampMs: number): string | number {
  return Math.abs(timestampMs) <= DATE_MAX_MS ? new Date(timestampMs).toISOString() : timestampMs;
}

/** The field, and where it was cut its whole length beside it. */
function rawBytes(
  name: 'key' | 'value',
  bytes: Uint8Array | null,
  bytesMax: number,
): Record<string, string | number | null> {
  if (bytes === null) return { [name]: null };
  const shown = Math.min(bytes.byteLength, bytesMax);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, shown).toString('base64');
  return shown === bytes.byteLength ? { [name]: text } : { [name]: text, [`${name}Bytes`]: bytes.byteLength };
}
