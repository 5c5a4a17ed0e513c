import type { OutputMode } from '@millrace/shared/spec';

export type QueryCase = {
  mode: OutputMode;
  query: string;
  /** Length of the windows of ts by which the watermark closes groups; null where nothing is ever late. */
  windowSeconds: number | null;
  /** Whether every record reaches the aggregate, so that the late ones can be counted exactly. */
  unfiltered?: boolean;
};

const never = (mode: OutputMode, query: string): QueryCase => ({ mode, query, windowSeconds: null });
const windowed = (mode: OutputMode, windowSeconds: number, query: string, unfiltered = true): QueryCase => ({
  mode,
  query,
  windowSeconds,
  unfiltered,
});

export const QUERY_CASES: QueryCase[] = [
  never('append', 'SELECT * FROM events'),
  never('append', `SELECT "user", amount * 2 AS twice, upper(country) AS c FROM events WHERE amount > 50 AND ok`),
  never(
    'append',
    `SELECT * EXCLUDE (items, place) REPLACE (amount + 1 AS amount) FROM events AS e WHERE e.quantity IS NOT NULL`,
  ),
  never('append', 'SELECT "user", unnest(items) AS item FROM events'),
  never('append', 'SELECT e."user", i.item FROM events e, unnest(e.items) AS i(item) WHERE i.item <> \'b\''),
  never(
    'append',
    'SELECT s.u, s.z + 1 AS z FROM (SELECT "user" AS u, place.zip AS z FROM events WHERE place.city = \'Bonn\') s',
  ),
  never(
    'append',
    'WITH big AS (SELECT * FROM events WHERE amount > 80), named(a, b) AS (SELECT "user", amount FROM big) SELECT a, b FROM named',
  ),
  never('append', 'SELECT "user", window_start, window_end FROM tumble(events, ts, INTERVAL \'7 days\')'),
  never(
    'append',
    "SELECT list_transform(items, lambda x: x || '!') AS marked, 9223372036854775807 AS big, 0.1 AS tenth FROM events",
  ),
  never('update', 'SELECT "user", count(*) AS n, sum(amount) AS total FROM events GROUP BY "user"'),
  never(
    'update',
    'SELECT "user" AS u, country, avg(amount) AS a, avg(quantity) AS q, avg(score) AS s, min(score) AS lo, max(score) AS hi FROM events GROUP BY ALL',
  ),
  never(
    'update',
    'SELECT quantity % 3 AS k, sum(quantity) AS total, min(country) AS first, max(ts) AS last, count(score) AS scores FROM events GROUP BY k',
  ),
  never(
    'update',
    'SELECT country, count(*) FILTER (WHERE ok) AS good, sum(amount) FILTER (WHERE amount > 20) AS large FROM events GROUP BY 1',
  ),
  never(
    'update',
    'SELECT "user", max(quantity) - min(quantity) AS spread, sum(quantity) / count(*) AS mean FROM events WHERE quantity > 1 GROUP BY "user"',
  ),
  never('update', 'SELECT "user", min(quantity) AS lo FROM events GROUP BY "user" HAVING min(quantity) > 3'),
  never(
    'update',
    'SELECT country, "user", count(*) AS n FROM events GROUP BY ALL HAVING n % 2 = 1 AND max(score) IS NOT NULL',
  ),
  never('update', 'SELECT score, count(*) AS n FROM events GROUP BY score'),
  never('update', 'SELECT bool_and(ok) AS every, bool_or(ok) AS some, country FROM events GROUP BY country'),
  never(
    'update',
    'SELECT "user", arg_max(country, seen) AS last, arg_min(amount, seen) AS first FROM events GROUP BY "user"',
  ),
  never('update', 'SELECT count(*) AS n, sum(score) AS s FROM events'),
  never('update', 'SELECT sum(amount) AS total FROM events HAVING count(*) % 2 = 0'),
  never('update', 'SELECT place.city AS city, items AS i, count_if(ok) AS good FROM events GROUP BY city, i'),
  never('update', 'SELECT "user" FROM events GROUP BY "user"'),
  never('update', 'SELECT item, count(*) AS n FROM events, unnest(items) AS t(item) GROUP BY item'),
  never(
    'update',
    'SELECT window_start, "user", count(*) AS n FROM tumble(events, seen, INTERVAL \'1 minute\') GROUP BY ALL',
  ),
  never('update', 'SELECT quantity AS amount, sum(amount) AS total FROM events GROUP BY quantity'),
  never(
    'complete',
    'SELECT country, sum(quantity) AS q, count(*) AS n FROM events GROUP BY country HAVING count(*) > 2',
  ),
  never(
    'update',
    'SELECT e."user" AS who, i."user" AS item, count(*) AS n FROM events e, unnest(e.items) AS i("user") GROUP BY ALL',
  ),
  never('complete', 'SELECT count(*) + 1 AS n, max(amount) AS hi FROM events'),
  windowed(
    'update',
    10,
    'SELECT "user", window_start, window_end, count(*) AS n, sum(amount) AS total FROM tumble(events, ts, INTERVAL \'10 seconds\') GROUP BY ALL',
  ),
  windowed(
    'update',
    10,
    'SELECT window_end, avg(score) AS a, count(*) AS n FROM tumble(events, ts, INTERVAL 10 SECONDS) t GROUP BY t.window_end HAVING count(*) % 3 <> 0',
  ),
  windowed(
    'update',
    7,
    "SELECT country, window_start, max(amount) AS m FROM tumble((SELECT * FROM events WHERE ok), ts, INTERVAL '7 seconds') GROUP BY country, window_start",
    false,
  ),
  windowed(
    'append',
    10,
    'SELECT "user", window_start, window_end, count(*) AS n, min(quantity) AS lo FROM tumble(events, ts, INTERVAL \'10 seconds\') GROUP BY "user", window_start, window_end',
  ),
  windowed(
    'update',
    15,
    "SELECT \"user\", window_start, window_end, count(*) AS n, sum(amount) AS total FROM hop(events, ts, INTERVAL '5 seconds', INTERVAL '15 seconds') GROUP BY ALL",
    false,
  ),
  windowed(
    'append',
    10,
    "SELECT window_start, window_end, count(*) AS n FROM hop(events, ts, INTERVAL '4 seconds', INTERVAL '10 seconds') GROUP BY window_start, window_end",
    false,
  ),
  windowed(
    'append',
    7,
    "SELECT country, window_end, max(amount) AS m FROM hop((SELECT * FROM events WHERE ok), ts, INTERVAL '7 seconds', INTERVAL '7 seconds') t GROUP BY country, t.window_end",
    false,
  ),
  windowed(
    'append',
    20,
    "SELECT window_end, count(*) AS n FROM tumble(events, ts, INTERVAL '20 seconds') GROUP BY window_end HAVING count(*) > 3",
  ),
  windowed(
    'append',
    3,
    "SELECT w AS window_start, w + INTERVAL '3 seconds' AS window_end, sum(amount) AS s FROM (SELECT window_start AS w, amount FROM tumble(events, ts, INTERVAL '3 seconds') WHERE country = 'DE') GROUP BY w",
    false,
  ),
];
