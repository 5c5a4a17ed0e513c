import { z } from 'zod';
import { MillraceError } from '../errors/index.ts';
import {
  commitEntrySchema,
  jobRecordSchema,
  jobStatusSchema,
  offsetLogEntrySchema,
  stateBlobRecordSchema,
} from './record-schemas.ts';
import { type JobRecord, type JobStatus, RECORD_VERSION } from './records.ts';

/** Between a record and its JSON text. `encode` refuses what `decode` would not read back (INTERNAL). */
export type RecordCodec<T> = {
  encode(record: T): string;
  /** `key` names the place in the store, for STORE_CORRUPT. */
  decode(text: string, key: string): T;
};

function codecOf<T>(what: string, schema: z.ZodType<T>): RecordCodec<T> {
  return {
    encode(record) {
      const checked = schema.safeParse(record);
      if (checked.success) return JSON.stringify(checked.data);
      throw new MillraceError('INTERNAL', `A ${what} that could not be read back was about to be stored`, {
        details: { problems: z.prettifyError(checked.error) },
      });
    },
    decode(text, key) {
      const value = parseJson(text);
      const parsed = schema.safeParse(value);
      if (parsed.success) return parsed.data;
      throw corrupt(what, key, value, z.prettifyError(parsed.error));
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function corrupt(what: string, key: string, value: unknown, problems: string): MillraceError {
  const found = (value as { version?: unknown } | null | undefined)?.version;
  const newer = typeof found === 'number' && found > RECORD_VERSION;
  return new MillraceError(
    'STORE_CORRUPT',
    newer
      ? `The ${what} at ${key} has record version ${found}; this Millrace reads version ${RECORD_VERSION}`
      : `The ${what} at ${key} cannot be read`,
    {
      hint: newer
        ? 'A newer Millrace wrote it: run that version or a later one.'
        : 'Something other than Millrace has written to this key, or the store was damaged: restore it from a backup.',
      details: { key, problems },
    },
  );
}

const jobRecords = codecOf('job record', jobRecordSchema);
const jobStatuses = codecOf('job status', jobStatusSchema);

export const offsetLogCodec = codecOf('offset log entry', offsetLogEntrySchema);
export const commitCodec = codecOf('commit log entry', commitEntrySchema);
export const stateBlobCodec = codecOf('state blob record', stateBlobRecordSchema);

export function encodeStatus(status: JobStatus): string {
  return jobStatuses.encode({ ...status, version: RECORD_VERSION });
}

/** Record and status are stored apart: see jobStatusSchema. */
export function encodeJob(job: JobRecord): { record: string; status: string } {
  const { status, ...record } = job;
  return { record: jobRecords.encode(record), status: encodeStatus(status) };
}

export function decodeJob(texts: { record: string; status: string }, key: string): JobRecord {
  const { version: _, ...status } = jobStatuses.decode(texts.status, `${key} status`);
  return { ...jobRecords.decode(texts.record, `${key} record`), status };
}
