import { crc32c } from '@node-rs/crc32';
import { ATTRIBUTE, BATCH } from '../record-layout.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/**
 * Makes complete record batches of one partition, in order, part of a transaction: marks them, numbers their records from
 * `firstSequence` on and seals them anew. Overwrites the batches, which may come from the log: what the broker wrote into them
 * goes, else it would not take them again. Gives the number after the last record.
 */
export function stampBatches(
  batches: readonly Buffer[],
  { producerId, producerEpoch }: Pick<ProducerIdentity, 'producerId' | 'producerEpoch'>,
  firstSequence = 0,
): number {
  let sequence = firstSequence;
  for (const batch of batches) {
    const attributes = batch.readInt16BE(BATCH.attributes) & ~ATTRIBUTE.logAppendTime;
    batch.writeBigInt64BE(0n, BATCH.baseOffset);
    batch.writeInt16BE(attributes | ATTRIBUTE.transactional, BATCH.attributes);
    batch.writeBigInt64BE(producerId, BATCH.producerId);
    batch.writeInt16BE(producerEpoch, BATCH.producerEpoch);
    batch.writeInt32BE(sequence, BATCH.baseSequence);
    batch.writeUInt32BE(crc32c(batch.subarray(BATCH.attributes)), BATCH.crc);
    sequence += batch.readInt32BE(BATCH.recordCount);
  }
  return sequence;
}
