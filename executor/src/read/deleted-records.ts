import { MillraceError } from '@millrace/shared/errors';

/** A partition that begins behind the offset that was asked for: retention, or somebody, has deleted what lay before. */
export type DeletedRecords = { topic: string; partition: number; logStartOffset: number };

/** What an OFFSETS_GONE of a fetch says of deleted records; null for offsets past the end, and for every other error. */
export function deletedRecords(thrown: unknown): DeletedRecords | null {
  if (!(thrown instanceof MillraceError) || thrown.code !== 'OFFSETS_GONE') return null;
  const { topic, partition, offset, logStartOffset } = thrown.details as DeletedRecords & { offset: number };
  return offset < logStartOffset ? { topic, partition, logStartOffset } : null;
}
