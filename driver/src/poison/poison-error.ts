import { MillraceError } from '@millrace/shared/errors';
import type { LoggedRange } from '@millrace/shared/store';
import { lengthOf } from './cut-pieces.ts';
import type { Poison } from './find-poison.ts';

const ONE_RECORD_HINT =
  'to go on without such records set onBadRecord of the source to drop or deadLetter, then: millrace restart <job> --spec <file>';
const RANGES_HINT = 'look at these records, and at the logs of the executors that were lost or ran out';

/** The error that ends a job because of what it reads. A user's error keeps its code: it says what is wrong already. */
export function poisonError({ ranges, failure }: Poison): MillraceError {
  const [first] = ranges;
  const isRecord = first !== undefined && lengthOf(ranges) === 1;
  const place = isRecord ? { source: first.source, ...placeOf(first), offset: first.from } : { ranges };
  return new MillraceError(
    failure.domain === 'user' ? failure.code : 'POISON_TASK',
    `${textOf(ranges)} cannot be processed: ${failure.message}`,
    {
      hint: isRecord ? [failure.hint, ONE_RECORD_HINT].filter((hint) => hint !== '').join('; ') : RANGES_HINT,
      details: { ...place, reason: failure.code },
      cause: failure,
    },
  );
}

/** The record or the records, for a sentence. */
export function textOf(ranges: readonly LoggedRange[]): string {
  const [first] = ranges;
  if (first && lengthOf(ranges) === 1) return `the record of ${first.topic}/${first.partition} at offset ${first.from}`;
  return ranges
    .map(({ topic, partition, from, until }) => `${topic}/${partition} from ${from} until ${until}`)
    .join(', ');
}

const placeOf = ({ topic, partition }: LoggedRange) => ({ topic, partition });
