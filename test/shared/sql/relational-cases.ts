import type { OutputMode, ViewSpec } from '@millrace/shared/spec';

/** A query over the small relations a and b; changelog unless it says otherwise. `late`: see Differential. */
export type RelationalCase = {
  query: string;
  mode?: OutputMode;
  late?: string;
  truth?: string;
  views?: ViewSpec[];
  batchSeconds?: number;
};

const bucket = (seconds: number) => `time_bucket(INTERVAL '${seconds} seconds', ts, TIMESTAMP '1970-01-01')`;
const windowed = (relation: string, seconds: number) =>
  `(SELECT *, ${bucket(seconds)} AS window_start, ${bucket(seconds)} + INTERVAL '${seconds} seconds' AS window_end FROM ${relation})`;
const lateBy = (seconds: number) => `${bucket(seconds)} + INTERVAL '${seconds} seconds' <= watermark`;

const inWindows = (
  seconds: number,
  mode: OutputMode,
  query: (relation: (name: string) => string) => string,
  isFinal = false,
): RelationalCase => {
  const truth = query((name) => windowed(name, seconds));
  return {
    mode,
    query: query((name) => `tumble(${name}, ts, INTERVAL '${seconds} seconds')`),
    truth: mode === 'append' && !isFinal ? `SELECT * FROM (${truth}) WHERE window_end <= $watermark` : truth,
    late: lateBy(seconds),
  };
};

const SESSIONS =
  "(SELECT * EXCLUDE (f, s), min(ts) OVER (PARTITION BY k, s) AS window_start, max(ts) OVER (PARTITION BY k, s) + INTERVAL '3 seconds' AS window_end FROM (SELECT *, sum(f) OVER (PARTITION BY k ORDER BY ts) AS s FROM (SELECT *, coalesce((lag(ts) OVER (PARTITION BY k ORDER BY ts) + INTERVAL '3 seconds' <= ts)::INTEGER, 1) AS f FROM a)))";

export const RELATIONAL_CASES: RelationalCase[] = [
  // Joins
  { query: 'SELECT a.id, b.id AS other, a.x + b.y AS s FROM a JOIN b ON a.k = b.k', mode: 'append' },
  {
    query: 'SELECT a.id, b.id AS other FROM a JOIN b ON a.k = b.k AND a.g = b.g WHERE a.x > 2 AND b.y < 10',
    mode: 'append',
  },
  { query: 'SELECT a.id, b.id AS other FROM a, b WHERE a.k = b.k AND a.x < b.y' },
  { query: 'SELECT a.id, b.id AS other FROM a JOIN b ON a.k IS NOT DISTINCT FROM b.k AND a.x > b.y' },
  { query: 'SELECT a.id, b.id AS other, b.y FROM a LEFT JOIN b ON a.k = b.k' },
  { query: 'SELECT a.id, b.id AS other FROM a LEFT JOIN b ON a.k = b.k AND b.y > 5 AND a.x < 9' },
  { query: 'SELECT a.id, b.id AS other FROM a RIGHT JOIN b ON a.k = b.k AND a.x > 3' },
  { query: 'SELECT a.id, b.id AS other FROM a FULL JOIN b ON a.k = b.k AND a.g = b.g' },
  { query: 'SELECT id, x FROM a SEMI JOIN b ON a.k = b.k AND b.y > a.x' },
  { query: 'SELECT id, x FROM a ANTI JOIN b ON a.k = b.k' },
  { query: 'SELECT * EXCLUDE (id, ts) FROM a JOIN b USING (k, g)' },
  { query: 'SELECT k, x, y FROM a FULL JOIN b USING (k)' },
  { query: 'SELECT l.id, r.id AS other FROM a l JOIN a r ON l.k = r.x AND l.id <> r.id' },
  { query: 'SELECT a.id, b.id AS other, c.id AS third FROM a JOIN b ON a.k = b.k JOIN a c ON c.k = b.y' },
  { query: 'SELECT a.id, b.id AS other FROM a CROSS JOIN b WHERE a.x + b.y > 25' },
  { query: 'SELECT a.id, b.id AS other FROM a JOIN b ON a.x + 1 = b.y * 2' },
  // The closest row in time; of several at one moment DuckDB takes any, so there is one of each here.
  ...['ASOF JOIN', 'ASOF LEFT JOIN'].flatMap((join) =>
    ['a.id >= b.id', 'a.id > b.id', 'a.id <= b.id', 'b.id > a.id'].map((order) => ({
      query: `SELECT a.id, a.x, b.id AS other, b.y FROM a ${join} b ON a.g = b.g AND ${order}`,
    })),
  ),
  // Tables
  { query: 'SELECT a.id, t.label, t.low FROM a JOIN t ON a.k = t.k', mode: 'append' },
  {
    query: 'SELECT a.id, t.label FROM a JOIN t ON a.k = t.k AND a.x > t.low WHERE t.label IS NOT NULL',
    mode: 'append',
  },
  { query: 'SELECT a.id, t.label FROM a LEFT JOIN t ON a.k IS NOT DISTINCT FROM t.k AND a.x > t.low', mode: 'append' },
  { query: 'SELECT k, label, id FROM t RIGHT JOIN a USING (k)', mode: 'append' },
  { query: 'SELECT t.label, a.id FROM t, a WHERE t.low < a.x', mode: 'append' },
  { query: 'SELECT id, x FROM a SEMI JOIN t ON a.k = t.k AND a.x > t.low', mode: 'append' },
  { query: 'SELECT id, x FROM a ANTI JOIN t USING (k)', mode: 'append' },
  { query: 'SELECT id FROM a WHERE k IN (SELECT k + 1 FROM t WHERE low > 1)', mode: 'append' },
  { query: 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.k = a.k AND t.low > a.x)', mode: 'append' },
  {
    query:
      'SELECT a.id, n.name FROM a JOIN (SELECT k AS key, upper(label) AS name FROM t WHERE low > 0) n ON a.k = n.key',
  },
  { query: 'SELECT a.id, t.label, u.w FROM a JOIN t ON a.k = t.k LEFT JOIN u ON u.g = a.g' },
  { query: 'SELECT a.id, p.label, p.w FROM a JOIN (SELECT t.k, t.label, u.w FROM t CROSS JOIN u) p ON a.k = p.k' },
  { query: 'SELECT x.id, y.label FROM a x JOIN t y ON x.k = y.k JOIN t z ON z.k = y.k AND z.low > y.low' },
  { query: 'SELECT t.label, count(*) AS n, sum(a.x) AS s FROM a JOIN t ON a.k = t.k GROUP BY t.label', mode: 'update' },
  {
    query:
      'SELECT s.k, s.n, t.label FROM (SELECT k, count(*) AS n FROM a GROUP BY k) s LEFT JOIN t ON s.k = t.k AND s.n > t.low',
  },
  { query: 'SELECT * FROM (SELECT k, count(*) AS n FROM a GROUP BY k) s SEMI JOIN t ON s.k = t.k', mode: 'update' },
  {
    query:
      'SELECT n, count(*) AS c FROM (SELECT s.n, t.label FROM (SELECT k, count(*) AS n FROM a GROUP BY k) s JOIN t ON s.k = t.k) GROUP BY n',
    mode: 'update',
  },
  { query: 'SELECT a.id, b.id AS other, t.label FROM a JOIN b ON a.k = b.k JOIN t ON t.k = b.k AND t.low < b.y' },
  {
    query: 'SELECT a.id, t.label FROM a JOIN t ON a.k = t.k UNION ALL SELECT b.id, u.g FROM b JOIN u ON b.g = u.g',
    mode: 'append',
  },
  inWindows(
    10,
    'append',
    (r) => `SELECT w.k, window_end, count(*) AS n FROM ${r('a')} w JOIN t ON w.k = t.k GROUP BY w.k, window_end`,
  ),
  inWindows(
    10,
    'append',
    (r) =>
      `SELECT s.window_end, s.n, t.label FROM (SELECT k, window_end, count(*) AS n FROM ${r('a')} GROUP BY k, window_end) s LEFT JOIN t ON s.k = t.k`,
  ),
  {
    query:
      'SELECT l.id, r.id AS other, l.label FROM (SELECT a.*, t.label FROM a JOIN t ON a.k = t.k) l JOIN b r ON l.k = r.k',
  },
  // Views
  {
    views: [
      { name: 'counts', query: 'SELECT k, count(*) AS n FROM a GROUP BY k' },
      { name: 'high', query: 'SELECT c.k, c.n, t.label FROM counts c JOIN t ON c.k = t.k WHERE c.n > 1' },
    ],
    query: 'SELECT h.k, h.label, c.n FROM high h JOIN counts c ON c.k = h.k',
  },
  // Subqueries
  { query: 'SELECT id FROM a WHERE k IN (SELECT k FROM b WHERE y > 3)' },
  { query: 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.y > a.x)' },
  { query: 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)' },
  { query: 'SELECT id, x FROM a WHERE x > (SELECT avg(y) FROM b)' },
  {
    query:
      'SELECT id, (SELECT max(y) FROM b WHERE b.k = a.k) AS best, (SELECT count(*) FROM b WHERE b.g = a.g) AS n FROM a',
  },
  { query: 'SELECT id FROM a WHERE d > (SELECT sum(y) / 4 FROM b WHERE b.k = a.k) AND x > 0' },
  // Aggregates
  { query: 'SELECT g, median(x) AS m, mode(x ORDER BY x) AS o FROM a GROUP BY g' },
  {
    query: "SELECT k, string_agg(g, ',' ORDER BY id) AS gs, list(x ORDER BY id DESC) AS xs FROM a GROUP BY k",
    mode: 'update',
  },
  {
    query: 'SELECT k, count(DISTINCT g) AS gs, sum(DISTINCT x) AS xs, count(*) AS n, avg(d) AS m FROM a GROUP BY k',
    mode: 'update',
  },
  {
    query:
      'SELECT count(DISTINCT k) FILTER (WHERE x > 3) AS high, count(DISTINCT k) AS ks, min(x) AS lo FROM a GROUP BY ALL HAVING count(*) > 0',
  },
  { query: 'SELECT k, stddev_samp(x) AS s, quantile_cont(d, 0.5) AS q FROM a WHERE x IS NOT NULL GROUP BY k' },
  { query: 'SELECT g, k, count(*) AS n, grouping(g, k) AS level FROM a GROUP BY ROLLUP (g, k) HAVING count(*) > 0' },
  { query: 'SELECT g, k, sum(x) AS s FROM a GROUP BY CUBE (g, k) HAVING count(*) > 0' },
  { query: 'SELECT g, k, count(*) AS n FROM a GROUP BY GROUPING SETS ((g), (k, g), ()) HAVING count(*) > 0' },
  { query: 'SELECT n, count(*) AS groups FROM (SELECT k, count(*) AS n FROM a GROUP BY k) GROUP BY n', mode: 'update' },
  {
    query:
      'SELECT max(s) AS best, min(s) AS worst, avg(s) AS mean FROM (SELECT g, sum(x) AS s FROM a GROUP BY g) HAVING count(*) > 0',
  },
  {
    query:
      'SELECT g, avg(hi) AS m FROM (SELECT a.g, a.id, max(b.y) AS hi FROM a JOIN b ON a.k = b.k GROUP BY a.g, a.id) GROUP BY g',
    mode: 'update',
  },
  { query: 'SELECT k, count(*) AS n FROM a GROUP BY k HAVING count(*) > 3', mode: 'complete' },
  { query: 'SELECT k, count(*) AS n FROM (SELECT DISTINCT k, g FROM a) GROUP BY k', mode: 'update' },
  { query: 'SELECT DISTINCT k, g FROM a', mode: 'append' },
  {
    query:
      'SELECT k, sum(c) AS total FROM (SELECT a.k, count(b.id) AS c FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k, a.g) GROUP BY k',
  },
  {
    query:
      'SELECT k, count(DISTINCT g) AS gs, count(DISTINCT g) FILTER (WHERE x > 3) AS high, count(DISTINCT g) FILTER (WHERE x < 0) AS low, sum(DISTINCT x) FILTER (WHERE d > 3) AS s, sum(DISTINCT x) AS t, max(d) AS hi, count(*) FILTER (WHERE x > 3) AS n FROM a GROUP BY k',
    mode: 'update',
  },
  {
    query:
      'SELECT n, count(DISTINCT k) AS ks, count(DISTINCT k) FILTER (WHERE s > 5) AS high FROM (SELECT k, count(*) AS n, sum(x) AS s FROM a GROUP BY k) GROUP BY n',
  },
  // Top-N, deduplication, OVER
  { query: 'SELECT id, k, x FROM a QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC NULLS LAST, id) <= 2' },
  {
    query:
      'SELECT * FROM (SELECT id, k, x, rank() OVER (PARTITION BY k ORDER BY x DESC) AS r FROM a) WHERE r <= 3 AND k > 1',
  },
  {
    query: 'SELECT k, id, x FROM a QUALIFY row_number() OVER (PARTITION BY k ORDER BY ts DESC, id) = 1',
    mode: 'update',
  },
  { query: 'SELECT DISTINCT ON (g) g, id, x FROM a ORDER BY g, x DESC, id' },
  { query: 'SELECT id, x FROM a ORDER BY x DESC NULLS LAST, id LIMIT 5' },
  { query: 'SELECT id, x FROM a ORDER BY x, id LIMIT 4 OFFSET 3', mode: 'complete' },
  {
    query:
      'SELECT id, x - lag(x) OVER (PARTITION BY k ORDER BY id) AS step, sum(x) OVER (PARTITION BY k ORDER BY id ROWS 2 PRECEDING) AS s FROM a',
  },
  {
    query:
      'SELECT id, count(*) OVER (PARTITION BY g) AS n, dense_rank() OVER (PARTITION BY g, k ORDER BY x) AS r FROM a',
  },
  {
    query: 'SELECT g, s, rank() OVER (ORDER BY s DESC) AS r FROM (SELECT g, sum(x) AS s FROM a GROUP BY g)',
    mode: 'update',
  },
  { query: 'SELECT g, sum(x) AS s, sum(sum(x)) OVER (ORDER BY g) AS running FROM a GROUP BY g' },
  {
    query:
      'SELECT k, id FROM (SELECT a.k, a.id, b.y FROM a JOIN b ON a.k = b.k) QUALIFY row_number() OVER (PARTITION BY k ORDER BY y DESC, id) = 1',
  },
  {
    query:
      'SELECT k, avg(y) OVER (PARTITION BY k ORDER BY ts, id ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS v FROM (SELECT a.id, a.k, b.y, b.ts FROM a JOIN b ON a.k = b.k QUALIFY row_number() OVER (PARTITION BY a.id, a.k ORDER BY b.y DESC, b.ts, b.id) = 1)',
  },
  // Set operations
  { query: 'SELECT k, g FROM a UNION ALL SELECT k, g FROM b', mode: 'append' },
  { query: 'SELECT k, g FROM a UNION SELECT k, g FROM b' },
  { query: 'SELECT k, x AS v FROM a INTERSECT SELECT k, y FROM b' },
  { query: 'SELECT k, g FROM a INTERSECT ALL SELECT k, g FROM b' },
  { query: 'SELECT k, g FROM a EXCEPT SELECT k, g FROM b' },
  { query: 'SELECT k, g FROM a EXCEPT ALL SELECT k, g FROM b' },
  {
    query: 'SELECT k, count(*) AS n FROM (SELECT k, x AS v FROM a UNION ALL SELECT k, y FROM b) GROUP BY k',
    mode: 'update',
  },
  { query: 'SELECT k FROM a UNION ALL (SELECT k FROM b EXCEPT SELECT x FROM a)' },
  // Composition
  {
    query:
      'WITH s AS (SELECT k, sum(x) AS total FROM a GROUP BY k) SELECT s.k, total FROM s JOIN (SELECT max(total) AS m FROM s) t ON s.total = t.m',
  },
  {
    query:
      'WITH s AS (SELECT k, count(*) AS n FROM a GROUP BY k), t AS (SELECT k, count(*) AS n FROM b GROUP BY k) SELECT s.k, s.n AS an, t.n AS bn FROM s FULL JOIN t ON s.k = t.k',
  },
  {
    query:
      "SELECT id, CASE WHEN x > 5 THEN 'high' ELSE 'low' END AS c, {'k': k, 'g': g} AS s, regexp_matches(g, '[ab]') AS r FROM a",
    mode: 'append',
  },
  { query: "SELECT s.k AS k, max(s.x) AS m FROM (SELECT {'k': k, 'x': x} AS s FROM a) GROUP BY s.k" },
  { query: 'SELECT u, count(*) AS n FROM (SELECT unnest([k, x]) AS u FROM a) GROUP BY u', mode: 'update' },
  // Windows of event time
  inWindows(
    10,
    'update',
    (w) => `SELECT k, window_start, count(DISTINCT g) AS gs, count(*) AS n FROM ${w('a')} t GROUP BY ALL`,
  ),
  inWindows(10, 'append', (w) => `SELECT k, window_end, median(x) AS m FROM ${w('a')} t GROUP BY k, window_end`),
  inWindows(
    10,
    'append',
    (w) =>
      `SELECT id, k, window_end FROM ${w('a')} t QUALIFY row_number() OVER (PARTITION BY window_end, k ORDER BY x DESC NULLS LAST, id) = 1`,
  ),
  inWindows(
    10,
    'append',
    (w) =>
      `SELECT p.id, q.id AS other, p.window_end FROM ${w('a')} p JOIN ${w('b')} q ON p.k = q.k AND p.window_start = q.window_start AND p.window_end = q.window_end`,
    true,
  ),
  inWindows(
    10,
    'append',
    (w) =>
      `SELECT p.id, q.id AS other, p.window_end FROM ${w('a')} p LEFT JOIN ${w('b')} q ON p.k = q.k AND p.window_end = q.window_end`,
  ),
  inWindows(
    10,
    'append',
    (w) =>
      `SELECT g, n, window_end FROM (SELECT g, window_end, count(*) AS n FROM ${w('a')} t GROUP BY g, window_end) QUALIFY rank() OVER (PARTITION BY window_end ORDER BY n DESC) = 1`,
  ),
  inWindows(
    10,
    'append',
    (w) =>
      `SELECT window_end, max(n) AS best FROM (SELECT g, window_end, count(*) AS n FROM ${w('a')} t GROUP BY g, window_end) GROUP BY window_end`,
  ),
  inWindows(10, 'changelog', (w) => `SELECT DISTINCT k, window_end FROM ${w('a')} t`),
  {
    query:
      "SELECT k, window_start, window_end, count(*) AS n FROM tumble(a, ts, INTERVAL '10 seconds', INTERVAL '3 seconds') GROUP BY ALL",
    truth:
      "SELECT k, time_bucket(INTERVAL '10 seconds', ts, TIMESTAMP '1970-01-01 00:00:03') AS window_start, window_start + INTERVAL '10 seconds' AS window_end, count(*) AS n FROM a GROUP BY ALL",
    late: "time_bucket(INTERVAL '10 seconds', ts, TIMESTAMP '1970-01-01 00:00:03') + INTERVAL '10 seconds' <= watermark",
  },
  // Joins bounded in event time
  ...(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'SEMI JOIN', 'ANTI JOIN'] as const).map((join) => ({
    query: `SELECT ${/SEMI|ANTI/.test(join) ? 'a.id' : 'a.id, b.id AS other'} FROM a ${join} b ON a.k = b.k AND a.ts BETWEEN b.ts - INTERVAL 5 SECONDS AND b.ts + INTERVAL '3 seconds'`,
    late: 'ts <= watermark',
  })),
  {
    query:
      "SELECT a.id, b.id AS other, b.ts AS seen FROM a LEFT JOIN b ON a.k = b.k AND a.ts >= b.ts - INTERVAL 5 SECONDS AND a.ts < b.ts + INTERVAL '3 seconds'",
    truth:
      "SELECT id, other, seen FROM (SELECT a.id, a.ts, b.id AS other, b.ts AS seen FROM a LEFT JOIN b ON a.k = b.k AND a.ts >= b.ts - INTERVAL 5 SECONDS AND a.ts < b.ts + INTERVAL '3 seconds') WHERE ts + INTERVAL 5 SECONDS <= $watermark",
    late: 'ts <= watermark',
    mode: 'append',
  },
  {
    query: 'SELECT a.id, b.id AS other FROM a JOIN b ON a.k = b.k AND a.ts <= b.ts',
    late: 'ts <= watermark',
    mode: 'append',
  },
  {
    query:
      "SELECT g, window_end, count(*) AS n FROM tumble((SELECT a.g, a.ts FROM a JOIN b ON a.k = b.k AND a.ts BETWEEN b.ts - INTERVAL 4 SECONDS AND b.ts), ts, INTERVAL '5 seconds') GROUP BY g, window_end",
    truth:
      'SELECT * FROM (SELECT g, time_bucket(INTERVAL 5 SECONDS, ts) + INTERVAL 5 SECONDS AS window_end, count(*) AS n FROM (SELECT a.g, a.ts FROM a JOIN b ON a.k = b.k AND a.ts BETWEEN b.ts - INTERVAL 4 SECONDS AND b.ts) GROUP BY ALL) WHERE window_end + INTERVAL 4 SECONDS <= $watermark',
    late: 'ts <= watermark',
    mode: 'append',
  },
  { query: 'SELECT DISTINCT k, ts FROM a', late: 'ts <= watermark', mode: 'append' },
  {
    query:
      "SELECT k, window_start, window_end, count(*) AS n FROM session(a, ts, INTERVAL '3 seconds', k) GROUP BY ALL",
    truth: `SELECT k, window_start, window_end, count(*) AS n FROM ${SESSIONS} GROUP BY ALL`,
    late: 'ts <= watermark',
  },
  {
    query:
      "SELECT k, window_start, window_end, count(*) AS n FROM session(a, ts, INTERVAL '3 seconds', k) GROUP BY ALL",
    truth: `SELECT * FROM (SELECT k, window_start, window_end, count(*) AS n FROM ${SESSIONS} GROUP BY ALL) WHERE window_end <= $watermark`,
    late: 'ts <= watermark',
    mode: 'append',
  },
  {
    query:
      "SELECT k, window_start, window_end, count(*) AS n FROM cumulate(a, seen, INTERVAL '5 seconds', INTERVAL '15 seconds') GROUP BY ALL".replace(
        'cumulate(a, seen',
        'cumulate((SELECT *, ts + INTERVAL 0 SECONDS AS seen FROM a), seen',
      ),
    truth:
      "SELECT k, window_start, window_start + to_seconds(5 * i) AS window_end, count(*) AS n FROM (SELECT *, time_bucket(INTERVAL '15 seconds', ts, TIMESTAMP '1970-01-01') AS window_start, unnest([1, 2, 3]) AS i FROM a) WHERE ts < window_start + to_seconds(5 * i) OR ts IS NULL GROUP BY ALL",
  },
];
