import type { SqlSession } from './sql-session.ts';
import type { TaskOutput } from './task-output.ts';

/** Table of the output, where it is wanted as one. */
export const OUTPUT_TABLE = '__output';

/** Computes every row of the output into a table; gives their number. */
export async function materialize(session: SqlSession, { sql, operator }: TaskOutput): Promise<number> {
  const [row] = await session.rows(`CREATE OR REPLACE TEMP TABLE ${OUTPUT_TABLE} AS ${sql}`, { operator });
  return Number(row?.[0] ?? 0);
}
