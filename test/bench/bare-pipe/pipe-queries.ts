import { FILTER_AMOUNT_ABOVE, WINDOW_SECONDS } from '../job-specs.ts';

/** What the pipe asks of the lines of one task, and without anything that outlives it. */
export type PipeQuery = {
  /** Columns of the relation `lines`, with the types that JSON is read as. */
  columns: Readonly<Record<string, string>>;
  /** Statements that are run once in every thread, after `lines` is there. */
  setup?: readonly string[];
  sql: string;
};

const PAYMENT_COLUMNS = { user: 'VARCHAR', amount: 'DOUBLE', ts: 'BIGINT' };

/** What the engine's jobs over payments ask. */
export const PAYMENT_QUERIES = {
  windowed: {
    columns: PAYMENT_COLUMNS,
    sql: `SELECT ts // ${WINDOW_SECONDS * 1_000}, "user", count(*), sum(amount) FROM lines GROUP BY 1, 2`,
  },
  stateless: {
    columns: PAYMENT_COLUMNS,
    sql: `SELECT "user", amount, ts FROM lines WHERE amount > ${FILTER_AMOUNT_ABOVE}`,
  },
} as const satisfies Record<string, PipeQuery>;

/** Makes `lines` a view of whatever the file at `path` holds when it is read. */
export function linesViewSql({ columns }: PipeQuery, path: string): string {
  const declared = Object.entries(columns).map(([name, type]) => `"${name}": '${type}'`);
  return `CREATE OR REPLACE TEMP VIEW lines AS SELECT * FROM read_json('${path}', format = 'newline_delimited',
    records = true, ignore_errors = true, columns = {${declared.join(', ')}})`;
}
