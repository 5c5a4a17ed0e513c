import type { WireReader } from './wire-reader.ts';

/** Reads the answers that say no more than an error code per partition; 0: none. */
export function partitionErrors(reader: WireReader): number[] {
  const topics = reader.array(() => {
    reader.string(); // topic
    return reader.array(() => {
      reader.int32(); // partition
      return reader.int16();
    });
  });
  return topics.flat();
}
