import { FILTER_AMOUNT_ABOVE, WINDOW_SECONDS } from '../job-specs.ts';

export type PipeQuery = 'windowed' | 'stateless';

/** What the engine's jobs ask, over the lines of one task and without anything that outlives it. */
export function pipeSql(query: PipeQuery, path: string): string {
  const lines = `read_json('${path}', format = 'newline_delimited', records = true, ignore_errors = true,
    columns = {user: 'VARCHAR', amount: 'DOUBLE', ts: 'BIGINT'})`;
  switch (query) {
    case 'windowed':
      return `SELECT ts // ${WINDOW_SECONDS * 1_000}, "user", count(*), sum(amount) FROM ${lines} GROUP BY 1, 2`;
    case 'stateless':
      return `SELECT "user", amount, ts FROM ${lines} WHERE amount > ${FILTER_AMOUNT_ABOVE}`;
    default:
      return query satisfies never;
  }
}
