import type { EncodedOutput, SinkEncoding } from '../lanes/messages.ts';
import { encodeFile } from './encode-file.ts';
import { encodePartitions } from './encode-partitions.ts';
import { encodeRecordBatches } from './encode-record-batches.ts';
import { encodeRows } from './encode-rows.ts';
import { materialize } from './materialize-output.ts';
import type { SqlSession } from './sql-session.ts';
import type { TaskOutput } from './task-output.ts';

/** The output as the sink wants it. Errors: SCRATCH_FULL, RECORD_TOO_LARGE, QUERY_FAILED. */
export async function encodeOutput(
  session: SqlSession,
  output: TaskOutput,
  encoding: SinkEncoding,
): Promise<EncodedOutput> {
  switch (encoding.kind) {
    case 'none':
      return { kind: 'none', rows: await materialize(session, output) };
    case 'rows':
      return await encodeRows(session, output, encoding.rowsMax);
    case 'file':
      return encoding.partitionBy === undefined
        ? await encodeFile(session, output, encoding.format)
        : await encodePartitions(session, output, encoding.format, encoding.partitionBy);
    case 'recordBatches':
      return await encodeRecordBatches(session, output, encoding);
    default:
      return encoding satisfies never;
  }
}
