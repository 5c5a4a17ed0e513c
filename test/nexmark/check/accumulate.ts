import type { NexmarkOutput } from '../../../examples/nexmark/queries.ts';

/** How rows of a changelog say whether they are added or taken back. The one place that knows it. */
export const CHANGELOG_WEIGHT = {
  column: '__op',
  type: 'VARCHAR',
  sql: `CASE WHEN row."__op" = 'c' THEN 1 ELSE -1 END`,
};

/**
 * SELECT of what a reader of the topic holds in the end, from `records`, which has partition, offset, key and row: a row and
 * how often it counts, in `weight`. A row of NULL is a tombstone.
 */
export function accumulatedSql({ mode }: NexmarkOutput): string {
  switch (mode) {
    case 'append':
      return 'SELECT row, 1 AS weight FROM records';
    case 'update':
      // arg_max alone would pass over tombstones.
      return `SELECT row, 1 AS weight FROM (SELECT arg_max_null(row, "offset") AS row FROM records GROUP BY partition, key)
        WHERE row IS NOT NULL`;
    case 'changelog':
      return `SELECT row, ${CHANGELOG_WEIGHT.sql} AS weight FROM records`;
    default:
      return mode satisfies never;
  }
}
