import { MillraceError } from '@millrace/shared/errors';
import type { BadRecord, BadRecordReason, RecordPolicy } from '../lanes/messages.ts';
import { type BadLine, type RecordLines, rangeOf, segmentOf } from '../read/slice-lines.ts';
import { readRecordAt } from '../read/slice-records.ts';
import { timestampOfRecord } from './record-metadata.ts';

/** Bad records one task may hand back; more means that the source is not what the spec says, and memory is finite. */
export const BAD_RECORDS_PER_TASK_MAX = 10_000;

export type SetAside = { badRecords: BadRecord[]; badByReason: Partial<Record<BadRecordReason, number>> };

/** What becomes of bad records under this policy. Errors: BAD_RECORD in mode `fail`, and for more than can be set aside. */
export function setAside(
  lines: RecordLines,
  bad: readonly BadLine[],
  { onBadRecord }: Pick<RecordPolicy, 'onBadRecord'>,
): SetAside {
  if (onBadRecord === 'fail' && bad[0]) throw badRecordError(lines, bad[0]);
  const collects = onBadRecord === 'collect';
  if (collects && bad.length > BAD_RECORDS_PER_TASK_MAX)
    throw tooManyBadRecords(rangeOf(lines, bad[0]!.line).source, bad.length);
  const badByReason: SetAside['badByReason'] = {};
  for (const { reason } of bad) badByReason[reason] = (badByReason[reason] ?? 0) + 1;
  return { badRecords: collects ? describeBadRecords(lines, bad) : [], badByReason };
}

/** The bad records as they were. */
function describeBadRecords(lines: RecordLines, bad: readonly BadLine[]): BadRecord[] {
  return bad.map(({ line, reason, detail }) => {
    const segment = segmentOf(lines, line);
    const { source, topic, partition } = rangeOf(lines, line);
    const record = readRecordAt(segment.original!, lines.recordStarts[line]!);
    return {
      source,
      topic,
      partition,
      offset: lines.offsets[line]!,
      timestampMs: timestampOfRecord(segment, record),
      reason,
      detail,
      key: record.key && Uint8Array.from(record.key),
      value: record.value && Uint8Array.from(record.value),
    };
  });
}

function tooManyBadRecords(source: string, count: number): MillraceError {
  return new MillraceError(
    'BAD_RECORD',
    `${count} records of ${source} in one task are bad; more than ${BAD_RECORDS_PER_TASK_MAX} are not set aside.`,
    { hint: 'Check the format of the source, or use onBadRecord: drop.', details: { source, count } },
  );
}

const VERBS: Readonly<Record<BadRecordReason, string>> = {
  nullValue: 'cannot be read',
  emptyValue: 'cannot be read',
  notObject: 'cannot be read',
  malformed: 'cannot be read',
  wrongType: 'does not fit the columns',
  notChange: 'says no change of a row',
  futureTimestamp: 'is too far in the future',
  poison: 'cannot be processed',
};

function badRecordError(lines: RecordLines, { line, reason, detail, excerpt }: BadLine): MillraceError {
  const { source, topic, partition } = rangeOf(lines, line);
  const offset = lines.offsets[line]!;
  const shown = excerpt === '' ? '' : `: ${excerpt}`;
  return new MillraceError(
    'BAD_RECORD',
    `${topic}/${partition} at offset ${offset} ${VERBS[reason]} (${detail})${shown}`,
    {
      hint: 'To go on without such records set onBadRecord of the source to drop or deadLetter, then: millrace restart <job> --spec <file>.',
      details: { source, topic, partition, offset, reason },
    },
  );
}
