/** A lane of a live executor. */
export type LaneRef = { incarnation: string; lane: number };

/** Home lane of each state partition; index: partition. */
export type Placement = readonly LaneRef[];

/** The partitions of one lane: one task of a stateful stage. */
export type PlacedSlice = LaneRef & { index: number; partitions: number[] };

/** More slices than this cost more in statements and blobs than they gain. */
const SLICES_MAX = 32;

/** Batches below are mostly statements: a slice more is so many statements more, and the answer comes later. */
const RECORDS_ONE_LANE_MAX = 5_000;
/** Batches above are mostly rows: every lane helps. In between state stays where it is, so that it does not wander. */
const RECORDS_ALL_LANES_MIN = 20_000;

/**
 * The lanes that hold state: all of them, or one of each executor while batches are small. `recordsPerBatch` is a moving
 * average, null while nothing is known.
 */
export function lanesForState(
  lanes: readonly LaneRef[],
  recordsPerBatch: number | null,
  previous: Placement | null,
): LaneRef[] {
  const first = lanes.filter(({ lane }) => lane === 0);
  const wasSpread = previous?.some(({ lane }) => lane !== 0) ?? true;
  const small =
    recordsPerBatch !== null && recordsPerBatch < (wasSpread ? RECORDS_ONE_LANE_MAX : RECORDS_ALL_LANES_MIN);
  return small && first.length > 0 ? first : [...lanes];
}

const sameLane = (a: LaneRef, b: LaneRef) => a.incarnation === b.incarnation && a.lane === b.lane;

/**
 * Gives every state partition a home among `lanes`, as even as possible, moving as few as possible: a partition stays
 * where it was unless its lane is gone or holds more than its share.
 */
export function placePartitions(partitions: number, lanes: readonly LaneRef[], previous: Placement | null): Placement {
  const used = lanes.slice(0, SLICES_MAX);
  if (used.length === 0) throw new Error('placePartitions: no lanes');
  const shares = used.map(
    (_, index) => Math.floor(partitions / used.length) + (index < partitions % used.length ? 1 : 0),
  );
  const homes: (number | undefined)[] = new Array(partitions).fill(undefined);
  const counts = used.map(() => 0);
  for (let partition = 0; partition < partitions; partition++) {
    const before = previous?.[partition];
    const lane = before ? used.findIndex((candidate) => sameLane(candidate, before)) : -1;
    if (lane >= 0 && counts[lane]! < shares[lane]!) {
      homes[partition] = lane;
      counts[lane]!++;
    }
  }
  let lane = 0;
  for (let partition = 0; partition < partitions; partition++) {
    if (homes[partition] !== undefined) continue;
    while (counts[lane]! >= shares[lane]!) lane++;
    homes[partition] = lane;
    counts[lane]!++;
  }
  return homes.map((home) => used[home!]!);
}

export type PlacedState = { slices: PlacedSlice[]; sliceOfPartition: number[] };

/** Of a plan that keeps nothing. */
export const NO_STATE: PlacedState = { slices: [], sliceOfPartition: [] };

/** The slices of a placement, one per lane that has partitions, and the slice of each partition. */
export function slicesOf(placement: Placement): PlacedState {
  const slices: PlacedSlice[] = [];
  const sliceOfPartition = placement.map((home, partition) => {
    let slice = slices.find((candidate) => sameLane(candidate, home));
    if (!slice) {
      slice = { ...home, index: slices.length, partitions: [] };
      slices.push(slice);
    }
    slice.partitions.push(partition);
    return slice.index;
  });
  return { slices, sliceOfPartition };
}
