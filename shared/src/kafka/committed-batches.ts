import type { BatchHeader } from './batch-header.ts';
import { batchHeaders, openBatch, type RecordBatch } from './record-batches.ts';
import { readRecords } from './records.ts';

/** A transaction that ended in an abort, as Fetch reports it: `firstOffset` is its first record in the partition. */
export type AbortedTransaction = { producerId: bigint; firstOffset: number };

/** Type in the key of a control record: version int16, type int16. */
const ABORT_MARKER = 0;
const MARKER_TYPE_POSITION = 2;

/** Offsets `[from, until)`; batches wholly outside are passed over unverified. */
export type OffsetBounds = { from: number; until: number };

/**
 * The batches whose records a read_committed reader may see, in order, verified and decompressed: no control batches,
 * no batches of aborted transactions. `aborted` is the union of what the fetches of these sets reported.
 *
 * All sets of one partition and one range must go through one call, in offset order: the same producer may abort a
 * transaction in one set and commit the next in another, and only the marker between them tells which is which.
 * Errors as recordBatches. Follows Fetcher.CompletedFetch of Kafka's Java client.
 */
export function* committedBatches(
  recordSets: Uint8Array | readonly Uint8Array[],
  aborted: readonly AbortedTransaction[],
  bounds: OffsetBounds = { from: 0, until: Number.POSITIVE_INFINITY },
): Generator<RecordBatch> {
  const pending = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  let next = 0;
  for (const recordSet of recordSets instanceof Uint8Array ? [recordSets] : recordSets) {
    for (const header of batchHeaders(recordSet)) {
      for (; next < pending.length && pending[next]!.firstOffset <= header.lastOffset; next++) {
        aborting.add(pending[next]!.producerId);
      }
      if (header.isControl) {
        if (aborting.has(header.producerId) && isAbortMarker(recordSet, header)) aborting.delete(header.producerId);
        continue;
      }
      if (header.isTransactional && aborting.has(header.producerId)) continue;
      if (header.lastOffset < bounds.from || header.baseOffset >= bounds.until) continue;
      yield openBatch(recordSet, header);
    }
  }
}

function isAbortMarker(recordSet: Uint8Array, header: BatchHeader): boolean {
  for (const { key } of readRecords(openBatch(recordSet, header))) {
    return (
      key !== null && key.length >= MARKER_TYPE_POSITION + 2 && key.readInt16BE(MARKER_TYPE_POSITION) === ABORT_MARKER
    );
  }
  return false;
}
