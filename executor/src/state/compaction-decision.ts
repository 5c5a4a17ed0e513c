/** Below it a table is small whatever cancels out in it. Rows. */
const ADOPTED_ROWS_MIN = 10_000;
/** Of the rows that the last compaction left: rewriting the table then costs each adopted row no more than two or three. */
const ADOPTED_SHARE = 0.5;

/** Rows adopted since the table was compacted or built, and how many it had then. */
export type Growth = { adoptedRows: number; rowsThen: number };

/** Whether rewriting a table without the rows that cancel each other out is worth it. */
export function compactionDue({ adoptedRows, rowsThen }: Growth): boolean {
  return adoptedRows > Math.max(ADOPTED_ROWS_MIN, rowsThen * ADOPTED_SHARE);
}
