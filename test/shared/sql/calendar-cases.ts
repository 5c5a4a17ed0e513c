import type { Relation } from './differential.ts';
import type { RelationalCase } from './relational-cases.ts';
import { SMALL_ROWS } from './small-relations.ts';

const below = (seed: number, salt: number, limit: number) => `(hash(n, ${seed}, ${salt}) % ${limit})::INTEGER`;

/** Rows so many minutes apart from a day on, out of order by up to twenty rows, some without a time. */
const dated = (name: string, first: string, minutes: number): Relation => ({
  name,
  columns: [
    { name: 'id', type: 'BIGINT', encoding: 'plain' },
    { name: 'k', type: 'INTEGER', encoding: 'plain' },
    { name: 'ts', type: 'TIMESTAMP', encoding: 'plain' },
  ],
  watermark: { column: 'ts', delaySeconds: minutes * 60 },
  rows: (seed) => `SELECT n, n AS id, ${below(seed, 1, 3)} AS k, CASE WHEN ${below(seed, 2, 20)} > 0
    THEN TIMESTAMP '${first}' + to_minutes(n * ${minutes} - ${below(seed, 3, 20 * minutes)}) + to_milliseconds(${below(seed, 4, 60_000)}) END AS ts
    FROM range(${SMALL_ROWS}) AS r(n)`,
});

/** Around the days in 2024 on which clocks change in most zones, and over months. */
export const DATED_RELATIONS: Relation[] = [
  dated('spring', '2024-03-30', 75),
  dated('autumn', '2024-10-26', 75),
  dated('winter', '2023-11-20', 60 * 24 * 3),
];

type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** Over `zone`'s clock, shown by DuckDB: its own way back takes the second of two equal times, so the first one is looked for. */
function bounds(zone: string, unit: Unit, offset: string) {
  const shown = `timezone('${zone}', timezone('UTC', ts))`;
  const first = `date_trunc('${unit}', ${shown} - ${offset})`;
  const when = (clock: string) => {
    const [late, early] = [
      `timezone('UTC', timezone('${zone}', ${clock}))`,
      `timezone('UTC', timezone('${zone}', ${clock} - INTERVAL 1 DAY)) + INTERVAL 1 DAY`,
    ];
    return `CASE WHEN timezone('${zone}', timezone('UTC', ${early})) = ${clock} THEN least(${early}, ${late}) ELSE ${late} END`;
  };
  return { start: when(`(${first} + ${offset})`), end: when(`(${first} + INTERVAL 1 ${unit} + ${offset})`) };
}

/** A query over tumbling windows of a calendar. */
function tumbling(
  relation: string,
  zone: string,
  unit: Unit,
  mode: 'append' | 'update',
  { offset, columns = 'window_start, window_end' }: { offset?: string; columns?: string } = {},
): RelationalCase {
  const { start, end } = bounds(zone, unit, offset ?? 'INTERVAL 0 HOURS');
  const more = [...(offset ? [offset] : []), ...(zone === 'UTC' ? [] : [`zone := '${zone}'`])];
  const query = (from: string) => `SELECT k, ${columns}, count(*) AS n FROM ${from} GROUP BY ALL`;
  const truth = query(`(SELECT *, ${start} AS window_start, ${end} AS window_end FROM ${relation})`);
  return {
    query: query(`tumble(${[relation, 'ts', `INTERVAL 1 ${unit}`, ...more].join(', ')})`),
    mode,
    truth: mode === 'append' ? `SELECT * FROM (${truth}) WHERE window_end <= $watermark` : truth,
    late: `${end} <= watermark`,
  };
}

const unwatched = (relation: string) => `(SELECT *, ts + INTERVAL 0 SECONDS AS seen FROM ${relation})`;
/** Windows of a time that no watermark closes, so that no row is late: what `steps` of each row there are, and their bounds. */
const stepwise = (call: string, columns: string, relation: string): RelationalCase => ({
  query: `SELECT k, window_start, window_end, count(*) AS n FROM ${call.replace('$', unwatched(relation))} GROUP BY ALL`,
  truth: `SELECT k, window_start, window_end, count(*) AS n FROM (SELECT *, ${columns} FROM ${relation}) WHERE ts < window_end OR ts IS NULL GROUP BY ALL`,
});
const berlin = (clock: string) => `timezone('UTC', timezone('Europe/Berlin', ${clock}))`;
const today = `date_trunc('day', timezone('Europe/Berlin', timezone('UTC', ts)))`;

/** Tumbling windows of 15 s of the time of the batch, which is 7 s later each time. */
const arrived =
  "(SELECT *, time_bucket(INTERVAL '15 seconds', arrived, TIMESTAMP '1970-01-01') AS window_start, window_start + INTERVAL '15 seconds' AS window_end FROM spring)";
const byBatchTime = (query: (relation: string) => string, mode: 'append' | 'update' | 'changelog'): RelationalCase => ({
  query: query("tumble(spring, now(), INTERVAL '15 seconds')"),
  truth: mode === 'append' ? `SELECT * FROM (${query(arrived)}) WHERE window_end <= $watermark` : query(arrived),
  mode,
  batchSeconds: 7,
});

export const BATCH_TIME_CASES: RelationalCase[] = [
  byBatchTime((r) => `SELECT k, window_start, window_end, count(*) AS n FROM ${r} GROUP BY ALL`, 'append'),
  byBatchTime((r) => `SELECT k, window_start, count(*) AS n FROM ${r} GROUP BY ALL`, 'update'),
  byBatchTime((r) => `SELECT window_end, median(id) AS m FROM ${r} GROUP BY window_end`, 'append'),
  byBatchTime((r) => `SELECT DISTINCT k, window_end FROM ${r}`, 'changelog'),
  byBatchTime(
    (r) =>
      `SELECT k, id, window_end FROM ${r} QUALIFY row_number() OVER (PARTITION BY k, window_end ORDER BY id DESC) = 1`,
    'append',
  ),
  // The event time of a source closes nothing there.
  {
    query:
      'SELECT k, max(ts) AS latest, window_end FROM cumulate(spring, current_timestamp, INTERVAL 5 SECONDS, INTERVAL 15 SECONDS) GROUP BY ALL',
    truth: `SELECT * FROM (SELECT k, max(ts) AS latest, window_start + to_seconds(5 * i) AS window_end FROM (SELECT *, unnest([1, 2, 3]) AS i FROM ${arrived}) WHERE arrived < window_start + to_seconds(5 * i) GROUP BY ALL) WHERE window_end <= $watermark`,
    mode: 'append',
    batchSeconds: 7,
  },
];

export const CALENDAR_CASES: RelationalCase[] = [
  tumbling('spring', 'Europe/Berlin', 'day', 'append'),
  tumbling('autumn', 'Europe/Berlin', 'day', 'append'),
  tumbling('spring', 'America/New_York', 'day', 'update'),
  // Clocks that are put back over midnight, or to midnight; half hours; no change at all.
  ...[
    'America/Havana',
    'Atlantic/Azores',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Asia/Beirut',
    'Africa/Cairo',
  ].flatMap((zone) => [tumbling('spring', zone, 'day', 'append'), tumbling('autumn', zone, 'day', 'update')]),
  tumbling('autumn', 'Europe/Berlin', 'day', 'append', { offset: 'INTERVAL 6 HOURS' }),
  tumbling('winter', 'Europe/Berlin', 'week', 'append'),
  tumbling('winter', 'Europe/Berlin', 'month', 'append'),
  tumbling('winter', 'UTC', 'month', 'append'),
  tumbling('winter', 'UTC', 'quarter', 'update'),
  tumbling('winter', 'America/New_York', 'year', 'append'),
  tumbling('winter', 'UTC', 'month', 'append', { columns: 'window_end' }),
  tumbling('spring', 'Europe/Berlin', 'day', 'update', { columns: 'window_end' }),
  stepwise(
    "hop($, seen, INTERVAL 1 DAY, INTERVAL 3 DAYS, zone := 'Europe/Berlin')",
    `unnest([0, 1, 2]) AS i, ${berlin(`${today} - to_days(i)`)} AS window_start, ${berlin(`${today} - to_days(i) + INTERVAL 3 DAYS`)} AS window_end`,
    'autumn',
  ),
  stepwise(
    'hop($, seen, INTERVAL 1 MONTH, INTERVAL 1 QUARTER)',
    "unnest([0, 1, 2]) AS i, date_trunc('month', ts) - to_months(i) AS window_start, date_trunc('month', ts) - to_months(i) + INTERVAL 3 MONTHS AS window_end",
    'winter',
  ),
  // A day of 25 hours has 9 steps of 3 hours, the last of one hour.
  stepwise(
    "cumulate($, seen, INTERVAL 3 HOURS, INTERVAL 1 DAY, zone := 'Europe/Berlin')",
    `${berlin(today)} AS window_start, unnest(range(1, coalesce(ceil(epoch(${berlin(`${today} + INTERVAL 1 DAY`)} - window_start) / 10800), 1)::BIGINT + 1)) AS i, least(window_start + to_hours(3 * i), ${berlin(`${today} + INTERVAL 1 DAY`)}) AS window_end`,
    'autumn',
  ),
  stepwise(
    'cumulate($, seen, INTERVAL 10 DAYS, INTERVAL 1 MONTH)',
    "date_trunc('month', ts) AS window_start, unnest(range(1, coalesce(ceil(day(last_day(ts)) / 10), 1)::BIGINT + 1)) AS i, least(window_start + to_days(10 * i), window_start + INTERVAL 1 MONTH) AS window_end",
    'winter',
  ),
  // Over what closes by it: deduplication, a join of windows, windows over windows.
  {
    query:
      "SELECT DISTINCT k, window_start, window_end FROM tumble(autumn, ts, INTERVAL 1 DAY, zone := 'Europe/Berlin')",
    truth: `SELECT DISTINCT k, ${bounds('Europe/Berlin', 'day', 'INTERVAL 0 HOURS').start} AS window_start, ${bounds('Europe/Berlin', 'day', 'INTERVAL 0 HOURS').end} AS window_end FROM autumn`,
    late: `${bounds('Europe/Berlin', 'day', 'INTERVAL 0 HOURS').end} <= watermark`,
    mode: 'append',
  },
  {
    query: `SELECT window_end, max(n) AS best, median(n) AS middle FROM (SELECT k, window_end, count(*) AS n FROM tumble(spring, ts, INTERVAL 1 DAY, zone := 'Europe/Berlin') GROUP BY ALL) GROUP BY ALL`,
    truth: `SELECT * FROM (SELECT window_end, max(n) AS best, median(n) AS middle FROM (SELECT k, ${bounds('Europe/Berlin', 'day', 'INTERVAL 0 HOURS').end} AS window_end, count(*) AS n FROM spring GROUP BY ALL) GROUP BY ALL) WHERE window_end <= $watermark`,
    late: `${bounds('Europe/Berlin', 'day', 'INTERVAL 0 HOURS').end} <= watermark`,
    mode: 'append',
  },
];
