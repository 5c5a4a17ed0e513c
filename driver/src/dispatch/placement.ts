import { crc32 } from 'node:zlib';

/** A lane of a live executor. */
export type LaneRef = { incarnation: string; lane: number };

/** Home lane of each state partition; index: partition. */
export type Placement = readonly LaneRef[];

/** The partitions of one lane: one task of each stage that reads shuffles. */
export type PlacedSlice = LaneRef & { index: number; partitions: number[] };

/** More slices than this cost more in statements and blobs than they gain. */
const SLICES_MAX = 32;

type JobSize = { records: number; stateRows: number };

/**
 * A job below in both is mostly statements: in one lane a batch is one task, and the answer comes soonest. One above the
 * second in either is mostly rows: every lane helps. In between state stays where it is, so that it does not wander.
 */
const ONE_LANE_MAX: JobSize = { records: 5_000, stateRows: 500_000 };
const ALL_LANES_MIN: JobSize = { records: 20_000, stateRows: 1_000_000 };

/**
 * The lanes that hold the state of a job: all of them, or one while the job is small. `size` is null while nothing is
 * known. Small jobs spread over the lanes by their ids.
 */
export function lanesForState(
  lanes: readonly LaneRef[],
  job: { jobId: string; size: JobSize | null },
  previous: Placement | null,
): LaneRef[] {
  const [home] = previous ?? [];
  const isNarrow = home !== undefined && previous!.every((other) => sameLane(other, home));
  const bound = isNarrow ? ALL_LANES_MIN : ONE_LANE_MAX;
  if (job.size === null || job.size.records >= bound.records || job.size.stateRows >= bound.stateRows)
    return [...lanes];
  const stays = isNarrow && lanes.some((lane) => sameLane(lane, home));
  return stays ? [home] : [highestWeight(job.jobId, lanes)];
}

const sameLane = (a: LaneRef, b: LaneRef) => a.incarnation === b.incarnation && a.lane === b.lane;

/** Rendezvous hashing: jobs spread evenly, and few of them move when lanes come and go. */
function highestWeight(jobId: string, lanes: readonly LaneRef[]): LaneRef {
  const weightOf = ({ incarnation, lane }: LaneRef) => crc32(`${jobId}/${incarnation}/${lane}`);
  return lanes.reduce((best, lane) => (weightOf(lane) > weightOf(best) ? lane : best));
}

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

export function samePlacement(a: Placement | null, b: Placement | null): boolean {
  if (a === null || b === null || a.length !== b.length) return false;
  return a.every((home, partition) => sameLane(home, b[partition]!));
}
