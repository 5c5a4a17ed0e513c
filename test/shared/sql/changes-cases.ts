import type { RelationalCase } from './relational-cases.ts';

/** Queries over relations of changes (p, q, r, n) and of rows (a, b): all constructs over one whose state is a table, and one without. */
export const CHANGES_CASES: RelationalCase[] = [
  ...['p', 'r'].flatMap((name): RelationalCase[] => [
    { query: `SELECT * FROM ${name}` },
    { query: `SELECT * FROM ${name}`, mode: 'complete' },
    { query: `SELECT id, y * 2 AS twice FROM ${name} WHERE g <> 'a' AND y > 0` },
    { query: `SELECT count(*) AS n FROM ${name} HAVING count(*) > 0`, mode: 'complete' },
    {
      query: `SELECT g, count(*) AS n, sum(y) AS s, sum(d) AS total, avg(y) AS mean FROM ${name} GROUP BY g`,
      mode: 'update',
    },
    { query: `SELECT g, min(y) AS low, max(since) AS last, list(id ORDER BY id) AS ids FROM ${name} GROUP BY g` },
    { query: `SELECT DISTINCT g, y > 3 AS high FROM ${name}` },
    { query: `SELECT g, count(DISTINCT y) AS values FROM ${name} GROUP BY ALL` },
    { query: `SELECT id, y FROM ${name} ORDER BY y DESC NULLS LAST, id LIMIT 3`, mode: 'complete' },
    { query: `SELECT id, g, y FROM ${name} QUALIFY row_number() OVER (PARTITION BY g ORDER BY y DESC, id) <= 2` },
    { query: `SELECT id, sum(y) OVER (PARTITION BY g ORDER BY id) AS running FROM ${name}` },
    { query: `SELECT a.id, p.id AS other, p.y FROM a JOIN ${name} p ON a.k = p.id` },
    { query: `SELECT a.id, p.id AS other, p.y FROM a LEFT JOIN ${name} p ON a.k = p.id AND p.y > 2` },
    { query: `SELECT a.id FROM a WHERE a.g IN (SELECT g FROM ${name} WHERE y > 3)` },
    { query: `SELECT a.id FROM a WHERE NOT EXISTS (SELECT 1 FROM ${name} p WHERE p.id = a.k)` },
    {
      query: `SELECT p.g, count(*) AS n, sum(a.x) AS s FROM a JOIN ${name} p ON a.k = p.id GROUP BY p.g`,
      mode: 'update',
    },
    { query: `SELECT t.label, p.y FROM ${name} p JOIN t ON p.id = t.k` },
    { query: `SELECT id FROM ${name} UNION ALL SELECT k FROM a` },
    { query: `SELECT g FROM ${name} EXCEPT SELECT g FROM b` },
    { query: `SELECT id, y FROM ${name} p WHERE y > (SELECT avg(y) FROM ${name} o WHERE o.g = p.g)` },
  ]),
  ...['q', 'n'].flatMap((name): RelationalCase[] => [
    { query: `SELECT * FROM ${name}`, mode: 'update' },
    { query: `SELECT id, upper(g) AS g FROM ${name} WHERE y > 0`, mode: 'update' },
    { query: `SELECT id FROM ${name}`, mode: 'update' },
    { query: `SELECT g, count(*) AS n, sum(d) AS total FROM ${name} GROUP BY g`, mode: 'complete' },
    { query: `SELECT a.id, p.y FROM a LEFT JOIN ${name} p ON a.k IS NOT DISTINCT FROM p.id` },
    { query: `SELECT id, r.y + p.y AS s FROM ${name} p JOIN r USING (id)` },
  ]),
  { query: 'SELECT * FROM z', mode: 'update' },
  { query: 'SELECT p.id, p.y, q.y AS z FROM p JOIN q ON p.id = q.id', mode: 'update' },
  { query: 'SELECT id, p.y, q.y AS z FROM p FULL JOIN q USING (id)' },
  { query: 'SELECT p.id, q.id AS other FROM p JOIN q ON p.g = q.g AND p.y < q.y' },
  { query: 'SELECT p.id, q.y, r.d FROM p LEFT JOIN q ON p.id = q.id LEFT JOIN r ON r.id = q.id' },
  { query: 'SELECT q.g, sum(r.d) AS total FROM q JOIN r ON q.id = r.id GROUP BY q.g HAVING count(*) > 1' },
  { query: 'SELECT l.id, r.id AS other FROM p l JOIN p r ON l.g = r.g AND l.id < r.id' },
];
