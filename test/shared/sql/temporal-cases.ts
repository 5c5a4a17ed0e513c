import type { RelationalCase } from './relational-cases.ts';

const LATE = 'ts <= watermark';

const joined = (
  items: string,
  name: string,
  join: 'JOIN' | 'LEFT JOIN',
  more: Partial<RelationalCase> = {},
  where = '',
): RelationalCase => {
  const versions = (left: string) =>
    `(SELECT l.*, gone, ${['id AS vid', 'g AS vg', 'y AS y'].map((one) => `CASE WHEN NOT gone THEN v.${one.replace(' AS', ' END AS')}`).join(', ')} FROM ${left} l ASOF LEFT JOIN ${name}_versions v ON l.k = v.id AND l.ts >= v.counts_from)`;
  const kept = [
    ...(join === 'JOIN' ? ['NOT gone'] : []),
    ...(where ? [where] : []),
    ...(more.mode === 'append' ? ['ts <= $watermark'] : []),
  ];
  return {
    query: `SELECT ${items} FROM (SELECT a.*, v.id AS vid, v.g AS vg, v.y FROM a ${join} ${name} v AT (TIMESTAMP => a.ts) ON a.k = v.id) ${where && `WHERE ${where}`}`,
    truth: `SELECT ${items} FROM ${versions('a')}${kept.length > 0 ? ` WHERE ${kept.join(' AND ')}` : ''}`,
    late: LATE,
    ...more,
  };
};

const BUCKET = "time_bucket(INTERVAL '10 seconds', ts, TIMESTAMP '1970-01-01')";
const windowed = (name: string, mode: 'append' | 'update'): RelationalCase => {
  const { query, truth } = joined('*', name, 'LEFT JOIN');
  const closed = mode === 'append' ? " WHERE window_start + INTERVAL '10 seconds' <= $watermark" : '';
  return {
    mode,
    query: `SELECT window_start, vg, count(*) AS n, sum(y) AS s FROM tumble((${query}), ts, INTERVAL '10 seconds') GROUP BY window_start, vg`,
    truth: `SELECT * FROM (SELECT ${BUCKET} AS window_start, vg, count(*) AS n, sum(y) AS s FROM (${truth}) GROUP BY ALL)${closed}`,
    late: LATE,
  };
};

/** Rows of a joined with versions of v, w and x as of their time. */
export const TEMPORAL_CASES: RelationalCase[] = [
  joined('id, vid, vg, y', 'v', 'JOIN'),
  joined('id, x, vg, y', 'v', 'LEFT JOIN'),
  joined('id, vid, y', 'v', 'LEFT JOIN', { mode: 'append' }),
  windowed('v', 'append'),
  joined('id, x, vg, y', 'w', 'LEFT JOIN'),
  joined('id, vg, y', 'w', 'JOIN', { mode: 'append' }),
  windowed('w', 'update'),
  joined('id, vid, vg, y', 'x', 'JOIN'),
  joined('id, y', 'v', 'JOIN', {}, 'x > 2 AND y < 6'),
  joined('id', 'w', 'LEFT JOIN', { mode: 'append' }, 'y IS NULL'),
  {
    query: 'SELECT a.id, z.g AS vg, z.d FROM a LEFT JOIN z AT (TIMESTAMP => ts) ON z.id = a.k AND z.y = a.k',
    truth:
      'SELECT a.id, CASE WHEN NOT gone THEN z.g END AS vg, CASE WHEN NOT gone THEN z.d END AS d FROM a ASOF LEFT JOIN z_versions z ON a.k = z.id AND a.k = z.y AND a.ts >= counts_from',
    late: LATE,
  },
  {
    query: 'SELECT a.id, k, v.g AS vg FROM a LEFT JOIN v AT (TIMESTAMP => ts) ON v.id = a.k + 1',
    truth:
      'SELECT a.id, k, CASE WHEN NOT gone THEN v.g END AS vg FROM a ASOF LEFT JOIN v_versions v ON a.k + 1 = v.id AND a.ts >= counts_from',
    late: LATE,
  },
  {
    query:
      'SELECT a.id, v.y, w.y AS z, p.g FROM a JOIN v AT (TIMESTAMP => a.ts) ON a.k = v.id AND v.y <> a.x LEFT JOIN w ON w.id = v.id LEFT JOIN p ON p.id = w.id',
    truth:
      'SELECT a.id, v.y, w.y AS z, p.g FROM a ASOF JOIN v_versions v ON a.k = v.id AND a.ts >= v.counts_from LEFT JOIN w ON w.id = v.id LEFT JOIN p ON p.id = w.id WHERE NOT v.gone AND v.y <> a.x',
    late: LATE,
  },
];
