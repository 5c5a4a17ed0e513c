// When each row of a relation comes, and what the watermark is then: partitions that are read at their own speeds, some idle.

/** Of a row: its batch, and the map task of that batch that reads it. */
export type Arrival = { batch: number; task: number; partition: number };

const PARTITIONS_MAX = 3;
const NOTHING_COMES = 0.2;
const SPLIT_TASK = 0.3;
const IDLE = 0.15;

/** Arrivals of rows 0 to `rows` in their order; what is left comes with the last batch. A task has rows of one partition. */
export function scheduleRows(
  rows: number,
  batches: number,
  random: () => number,
  partitionsMax = PARTITIONS_MAX,
): Arrival[] {
  const partitions = 1 + Math.floor(random() * partitionsMax);
  const home = Array.from({ length: rows }, () => Math.floor(random() * partitions));
  const arrivals: Arrival[] = [];
  const queues = Array.from({ length: partitions }, (_, partition) =>
    home.flatMap((one, row) => (one === partition ? [row] : [])),
  );
  for (let batch = 0; batch < batches; batch++) {
    let task = 0;
    for (const [partition, queue] of queues.entries()) {
      const share = (2 * random()) / (batches - batch);
      const some = random() < NOTHING_COMES ? 0 : Math.round(queue.length * Math.min(1, share));
      const taken = queue.splice(0, batch === batches - 1 ? queue.length : some);
      const cut = random() < SPLIT_TASK ? Math.floor(random() * taken.length) : taken.length;
      for (const [index, row] of taken.entries())
        arrivals[row] = { batch, task: task + (index < cut ? 0 : 1), partition };
      task += 2;
    }
  }
  return arrivals;
}

export type TimedRow = Arrival & { timeMicros: bigint | null };

/**
 * The watermark of each batch and of the one after the last, in µs; null: there is none. The minimum over partitions that
 * are not idle, of what came before the batch; it never moves back.
 */
export function watermarksOf(
  sources: readonly { rows: readonly TimedRow[]; delayMicros: bigint }[],
  batches: number,
  random: () => number,
): (bigint | null)[] {
  const marks: (bigint | null)[] = [null];
  for (let batch = 0; batch < batches; batch++) {
    let lowest: bigint | null = null;
    let unknown = sources.length === 0;
    for (const { rows, delayMicros } of sources) {
      for (const part of Map.groupBy(rows, ({ partition }) => partition).values()) {
        if (random() < IDLE) continue;
        const highest = highestOf(part.filter((row) => row.batch <= batch));
        if (highest === null) unknown = true;
        else if (lowest === null || highest - delayMicros < lowest) lowest = highest - delayMicros;
      }
    }
    const before = marks.at(-1)!;
    const known = unknown ? null : lowest;
    marks.push(known === null || (before !== null && known < before) ? before : known);
  }
  return marks;
}

function highestOf(rows: readonly TimedRow[]): bigint | null {
  let highest: bigint | null = null;
  for (const { timeMicros } of rows)
    if (timeMicros !== null && (highest === null || timeMicros > highest)) highest = timeMicros;
  return highest;
}
