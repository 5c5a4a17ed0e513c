import { wireReader } from './wire-reader.ts';

/** An answer that says no more than how it went; 0: well. */
export type ErrorAnswer = { errorCode: number };

type Decoded = { value: ErrorAnswer; throttleMs: number };

/** Said of partitions that would have been taken, had another one not been refused. */
const OPERATION_NOT_ATTEMPTED = 55;

export function decodeErrorAnswer(payload: Buffer): Decoded {
  const reader = wireReader(payload);
  const throttleMs = reader.int32();
  return { value: { errorCode: reader.int16() }, throttleMs };
}

/** Of an answer with an error code for each partition: the first that says why. */
export function decodePartitionErrors(payload: Buffer): Decoded {
  const reader = wireReader(payload);
  const throttleMs = reader.int32();
  const topics = reader.array(() => {
    reader.string(); // topic
    return reader.array(() => {
      reader.int32(); // partition
      return reader.int16();
    });
  });
  const errors = topics.flat().filter((code) => code !== 0);
  const errorCode = errors.find((code) => code !== OPERATION_NOT_ATTEMPTED) ?? errors[0] ?? 0;
  return { value: { errorCode }, throttleMs };
}
