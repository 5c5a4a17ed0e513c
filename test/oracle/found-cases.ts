import type { OutputMode } from '@millrace/shared/spec';
import type { Question, RowsLeft, Run } from './run-query-seed.ts';

/** A query over the random relations that was answered wrong once, with the run that showed it. */
export type FoundCase = Question & { name: string; run: Run; mode: OutputMode; left?: RowsLeft };

const sevens = (shift: number) => `time_bucket(INTERVAL 7 SECONDS, ts, TIMESTAMP '1970-01-01 00:00:0${shift}')`;
/** In small steps of the watermark. */
const slowly = (seed: number): Run => ({ seed, slices: 2, batches: 12 });

const LAST_OF_B = 'SELECT k, w FROM (SELECT k, ts AS w, row_number() OVER (PARTITION BY ts ORDER BY id) AS r FROM b';

export const FOUND_CASES: FoundCase[] = [
  {
    name: 'the whole result of a union of groups and rows of a source',
    run: slowly(52),
    mode: 'complete',
    query: 'SELECT k, y AS m FROM b UNION ALL SELECT k, max(y) FROM b GROUP BY k',
    truth: 'SELECT k, y AS m FROM b UNION ALL SELECT k, max(y) FROM b GROUP BY k',
  },
  {
    name: 'count_if of nothing but NULLs that are taken back',
    run: slowly(1434),
    mode: 'update',
    query: 'SELECT m, count_if(k > 3) AS n FROM (SELECT k, max(x) AS m FROM a GROUP BY k) GROUP BY m',
    truth: 'SELECT m, count_if(k > 3) AS n FROM (SELECT k, max(x) AS m FROM a GROUP BY k) GROUP BY m',
  },
  {
    name: 'the start of one window and the end of another that is as long',
    run: slowly(3),
    mode: 'changelog',
    query:
      "SELECT s, window_end AS e, count(*) AS n FROM tumble((SELECT window_start AS s, ts FROM tumble(a, ts, INTERVAL '7 seconds')), ts, INTERVAL '7 seconds', INTERVAL '3 seconds') GROUP BY s, window_end",
    truth: `SELECT s, e, count(*) AS n FROM (SELECT ${sevens(0)} AS s, ${sevens(3)} + INTERVAL 7 SECONDS AS e, arrived FROM a_arrived) WHERE s + INTERVAL 7 SECONDS > arrived GROUP BY s, e`,
  },
  ...[5, 6, 7].map(
    (seed): FoundCase => ({
      name: `of windows of two lengths the longer one may end first (${seed})`,
      run: slowly(seed),
      mode: 'changelog',
      query:
        "SELECT e, sum(n)::BIGINT AS s FROM (SELECT e, window_end AS f, count(*) AS n FROM tumble((SELECT window_end AS e, ts FROM tumble(a, ts, INTERVAL '10 seconds')), ts, INTERVAL '7 seconds') GROUP BY e, window_end) GROUP BY e",
      truth: `SELECT e, count(*) AS s FROM (SELECT time_bucket(INTERVAL 10 SECONDS, ts, TIMESTAMP '1970-01-01') + INTERVAL 10 SECONDS AS e, ${sevens(0)} + INTERVAL 7 SECONDS AS f, arrived FROM a_arrived) WHERE f > arrived GROUP BY e`,
    }),
  ),
  ...['SEMI JOIN', 'ANTI JOIN', 'LEFT JOIN', 'FULL JOIN'].flatMap((join) =>
    ['l.ts - INTERVAL 5 SECONDS <= r.ts', 'l.ts BETWEEN r.ts - INTERVAL 15 SECONDS AND r.ts + INTERVAL 1 SECOND'].map(
      (bounds): FoundCase => {
        const shown = /SEMI|ANTI/.test(join) ? 'l.id, l.ts' : 'l.id, l.ts, r.id AS other';
        const joined = (left: string, right: string) =>
          `SELECT ${shown} FROM ${left} l ${join} ${right} r ON l.k = r.k AND ${bounds}`;
        const inTime = (name: string) => `(SELECT * FROM ${name}_arrived WHERE ts > arrived)`;
        return {
          name: `a match that the watermark has passed still is one when another comes: ${join}, ${bounds}`,
          ...{ run: slowly(14), mode: 'changelog', query: joined('a', 'b'), truth: joined(inTime('a'), inTime('b')) },
        };
      },
    ),
  ),
  ...[1, 2, 3].map(
    (seed): FoundCase => ({
      name: `rows of a source without a time or behind the watermark are held beside those that wait (${seed})`,
      run: slowly(seed),
      mode: 'append',
      query: `SELECT k, ts AS w FROM a UNION ALL ${LAST_OF_B}) WHERE r = 1`,
      truth: `SELECT k, ts AS w FROM a UNION ALL ${LAST_OF_B.replace(/b$/, 'b_arrived')} WHERE ts > arrived) WHERE r = 1`,
      due: 'w <= $watermark',
    }),
  ),
];
