import { MillraceError } from '../errors/index.ts';
import type { LeaderLoop } from './by-leader.ts';
import { listOffsets } from './list-offsets.ts';

/**
 * The error for an offset that Kafka says is out of range, with what the partition does hold: deleted by retention, or
 * past the end, which means the topic was created anew or lost records.
 */
export async function offsetsGone(
  want: { topic: string; partition: number; offset: number },
  loop: LeaderLoop,
): Promise<{ error: MillraceError; logStartOffset: number }> {
  const [earliest] = await listOffsets([want], 'earliest', loop);
  const logStartOffset = earliest!.offset;
  return { error: errorOf(want, logStartOffset), logStartOffset };
}

function errorOf(want: { topic: string; partition: number; offset: number }, logStartOffset: number): MillraceError {
  const { topic, partition, offset } = want;
  const details = { topic, partition, offset, logStartOffset };
  const where = `Offset ${offset} of partition ${partition} of topic ${topic}`;
  if (offset < logStartOffset) {
    return new MillraceError('OFFSETS_GONE', `${where} is deleted: the partition begins at ${logStartOffset} now.`, {
      hint: 'Retention was shorter than the job was behind. Restart the job with `onDataLoss: skip` of the source to go on behind it.',
      details,
    });
  }
  return new MillraceError('OFFSETS_GONE', `${where} does not exist: it lies past the end of the partition.`, {
    hint: 'The topic was probably deleted and created again. Start the job anew.',
    details,
  });
}
