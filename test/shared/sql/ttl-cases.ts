import { activeGroups, stillThere, type TtlCase } from './ttl-differential.ts';

const came = (name: string) => `(SELECT * FROM all_${name} WHERE arrived IS NOT NULL)`;
const [a, b] = [stillThere('a'), stillThere('b')];
const groups = (keys: string, where = 'TRUE', more = {}) =>
  activeGroups(`SELECT * FROM all_a WHERE arrived IS NOT NULL AND (${where})`, keys, more);
/** When the younger of two rows came the older one was still there. */
const MET = 'least(a.arrived, b.arrived) > greatest(a.cutoff_then, b.cutoff_then)';
/** A value is put out when it comes, and again when it comes the ttl after that. */
const putOut = (columns: string) => `
  WITH RECURSIVE moments AS (SELECT DISTINCT ${columns}, arrived, cutoff_then FROM ${came('a')}),
  out AS (
    SELECT ${columns}, min(arrived) AS put FROM moments GROUP BY ${columns}
    UNION ALL
    SELECT o.k, o.g, (SELECT min(m.arrived) FROM moments m WHERE m.k IS NOT DISTINCT FROM o.k AND m.g IS NOT DISTINCT FROM o.g
      AND m.arrived > o.put AND m.cutoff_then >= o.put) FROM out o WHERE o.put IS NOT NULL
  )
  SELECT ${columns} FROM out WHERE put IS NOT NULL`;

export const TTL_CASES: TtlCase[] = [
  // Aggregates: groups that are idle
  {
    query: 'SELECT k, count(*) AS n, sum(x) AS s, max(d) AS top FROM a GROUP BY k',
    truth: `SELECT k, count(*), sum(x), max(d) FROM ${groups('k')} GROUP BY k`,
  },
  {
    query: 'SELECT k, g, count(x) AS n, avg(d) AS mean FROM a WHERE x > 0 GROUP BY k, g',
    truth: `SELECT k, g, count(x), avg(d) FROM ${groups('k, g', 'x > 0')} GROUP BY k, g`,
  },
  {
    query: 'SELECT k, count(*) AS n, min(x) AS low FROM a GROUP BY k',
    mode: 'update',
    truth: `SELECT k, count(*), min(x) FROM ${groups('k', 'TRUE', { silent: true })} GROUP BY k`,
  },
  {
    query: 'SELECT k, count(*) AS n FROM a GROUP BY k HAVING count(*) > 2',
    mode: 'update',
    truth: `SELECT k, count(*) FROM ${groups('k')} GROUP BY k HAVING count(*) > 2`,
  },
  {
    query: 'SELECT k, g, sum(d) AS s FROM a GROUP BY k, g',
    mode: 'complete',
    truth: `SELECT k, g, sum(d) FROM ${groups('k, g')} GROUP BY k, g`,
  },
  {
    query: 'SELECT count(*) AS n, max(x) AS top FROM a',
    truth: `SELECT count(*), max(x) FROM ${came('a')} HAVING count(*) > 0`,
  },
  // What is behind them shrinks with them
  {
    query:
      'SELECT n, count(*) AS groups, max(s) AS most FROM (SELECT k, g, count(*) AS n, sum(x) AS s FROM a GROUP BY k, g) GROUP BY n',
    truth: `SELECT n, count(*), max(s) FROM (SELECT k, g, count(*) AS n, sum(x) AS s FROM ${groups('k, g')} GROUP BY k, g) GROUP BY n`,
  },
  {
    query: 'SELECT a.id, t.n FROM a JOIN (SELECT k, count(*) AS n FROM b GROUP BY k) t ON a.k = t.k',
    truth: `SELECT a.id, t.n FROM ${a} a JOIN (SELECT k, count(*) AS n FROM ${activeGroups(came('b'), 'k')} GROUP BY k) t ON a.k = t.k`,
  },
  {
    query:
      'SELECT k, g, x FROM (SELECT k, g, sum(x) AS x FROM a GROUP BY k, g) QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC, g) <= 2',
    truth: `SELECT k, g, x FROM (SELECT k, g, sum(x) AS x FROM ${groups('k, g')} GROUP BY k, g) QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC, g) <= 2`,
  },
  // DISTINCT
  { query: 'SELECT DISTINCT k, g FROM a', mode: 'append', truth: putOut('k, g') },
  { query: 'SELECT DISTINCT k, g FROM a', truth: `SELECT DISTINCT k, g FROM ${groups('k, g')}` },
  { query: 'SELECT DISTINCT k FROM a', mode: 'update', truth: `SELECT DISTINCT k FROM ${came('a')}` },
  { query: 'SELECT DISTINCT g FROM a', mode: 'complete', truth: `SELECT DISTINCT g FROM ${groups('g')}` },
  {
    query: 'SELECT k, count(*) AS n FROM (SELECT DISTINCT k, g FROM a) GROUP BY k',
    truth: `SELECT k, count(*) FROM (SELECT DISTINCT k, g FROM ${groups('k, g')}) GROUP BY k`,
  },
  {
    query:
      'SELECT k, count(DISTINCT g) AS kinds, count(DISTINCT g) FILTER (WHERE x > 3) AS some, max(x) AS top FROM a GROUP BY k',
    truth: `SELECT k, count(DISTINCT g), count(DISTINCT g) FILTER (WHERE x > 3), max(x) FROM ${a} GROUP BY k`,
  },
  {
    query: 'SELECT count(DISTINCT g) AS kinds FROM a',
    truth: `SELECT count(DISTINCT g) FROM ${a} HAVING count(*) > 0`,
  },
  {
    query: 'SELECT k, g FROM a EXCEPT SELECT k, g FROM b',
    truth: `SELECT k, g FROM ${activeGroups(`SELECT k, g, 1 AS side, arrived, cutoff_then, cutoff_now FROM ${came('a')} UNION ALL SELECT k, g, 2, arrived, cutoff_then, cutoff_now FROM ${came('b')}`, 'k, g')} GROUP BY k, g HAVING max(side) = 1`,
  },
  // Joins: rows, the ttl after they came
  {
    query: 'SELECT a.id, b.id AS other FROM a JOIN b ON a.k = b.k AND a.x < b.y',
    mode: 'append',
    truth: `SELECT a.id, b.id FROM ${came('a')} a JOIN ${came('b')} b ON a.k = b.k AND a.x < b.y AND ${MET}`,
  },
  {
    query: 'SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE a.k = b.k AND a.x < b.y)',
    mode: 'append',
    truth: `SELECT a.id FROM ${came('a')} a SEMI JOIN ${came('b')} b ON a.k = b.k AND a.x < b.y AND ${MET}`,
  },
  {
    query: 'SELECT a.id, b.id AS other FROM a LEFT JOIN b ON a.k = b.k AND a.x < b.y',
    truth: `SELECT a.id, b.id FROM ${a} a LEFT JOIN ${b} b ON a.k = b.k AND a.x < b.y`,
  },
  {
    query: 'SELECT a.id, b.id AS other, b.y FROM a FULL JOIN b ON a.k = b.k AND a.g = b.g',
    truth: `SELECT a.id, b.id, b.y FROM ${a} a FULL JOIN ${b} b ON a.k = b.k AND a.g = b.g`,
  },
  {
    query: 'SELECT a.id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE a.k = b.k AND a.g = b.g)',
    truth: `SELECT a.id FROM ${a} a ANTI JOIN ${b} b ON a.k = b.k AND a.g = b.g`,
  },
  {
    query: 'SELECT a.k, count(*) AS n, count(b.id) AS matched FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k',
    truth: `SELECT a.k, count(*), count(b.id) FROM ${a} a LEFT JOIN ${b} b ON a.k = b.k GROUP BY a.k`,
  },
  {
    query: 'SELECT a.id, b.y FROM a ASOF LEFT JOIN b ON a.k = b.k AND a.id >= b.id',
    truth: `SELECT a.id, b.y FROM ${a} a ASOF LEFT JOIN ${b} b ON a.k = b.k AND a.id >= b.id`,
  },
  // Computed anew: rows, the ttl after they came
  {
    query: "SELECT k, median(x) AS middle, string_agg(g, ',' ORDER BY id) AS all_g FROM a GROUP BY k",
    truth: `SELECT k, median(x), string_agg(g, ',' ORDER BY id) FROM ${a} GROUP BY k`,
  },
  {
    query: 'SELECT mode(g) AS m, list(x ORDER BY id) AS l FROM a WHERE x < 3',
    truth: `SELECT mode(g), list(x ORDER BY id) FROM ${a} WHERE x < 3 HAVING count(*) > 0`,
  },
  {
    query: 'SELECT id, sum(x) OVER (PARTITION BY k ORDER BY id) AS running FROM a',
    truth: `SELECT id, sum(x) OVER (PARTITION BY k ORDER BY id) FROM ${a}`,
  },
  {
    query: 'SELECT id, x FROM a QUALIFY x > avg(x) OVER (PARTITION BY k)',
    truth: `SELECT id, x FROM ${a} QUALIFY x > avg(x) OVER (PARTITION BY k)`,
  },
  // First rows of a key: keys that are idle
  {
    query: 'SELECT k, g, id FROM a QUALIFY row_number() OVER (PARTITION BY k, g ORDER BY id) = 1',
    truth: `SELECT k, g, id FROM ${groups('k, g')} QUALIFY row_number() OVER (PARTITION BY k, g ORDER BY id) = 1`,
  },
  {
    query: 'SELECT k, id, x FROM a QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC, id) <= 3',
    truth: `SELECT k, id, x FROM ${groups('k')} QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC, id) <= 3`,
  },
  // Of a few rows nothing grows
  {
    query: 'SELECT id, x FROM a ORDER BY x DESC, id LIMIT 4',
    truth: `SELECT id, x FROM ${came('a')} ORDER BY x DESC, id LIMIT 4`,
  },
];
