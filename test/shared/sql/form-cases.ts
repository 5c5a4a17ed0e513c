import type { RelationalCase } from './relational-cases.ts';

/** Forms of SQL: values and what is made of tables alone, subqueries anywhere, stars, names. */
export const FORM_CASES: RelationalCase[] = [
  // Rows that never change
  {
    query: "SELECT a.id, v.label FROM a JOIN (VALUES (0, 'none'), (1, 'one'), (NULL, 'null')) v(k, label) ON a.k = v.k",
    mode: 'append',
  },
  { query: 'SELECT id FROM a, (SELECT 3 AS low, 10 AS high) l WHERE x BETWEEN low AND high', mode: 'append' },
  { query: "SELECT id FROM a WHERE (k, g) IN (VALUES (1, 'a'), (2, 'b'))", mode: 'append' },
  {
    query: 'WITH v(k) AS (VALUES (1), (3)) SELECT k, count(*) AS n FROM a SEMI JOIN v USING (k) GROUP BY k',
    mode: 'update',
  },
  { query: 'SELECT a.id, m.best FROM a JOIN (SELECT max(low) AS best, k FROM t GROUP BY k) m ON a.k = m.k' },
  { query: 'SELECT id, x FROM a WHERE x > (SELECT max(low) FROM t)' },
  {
    query:
      'SELECT a.id, f.label FROM a JOIN (SELECT k, label FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY low) = 1) f ON a.k = f.k',
  },
  { query: 'SELECT a.id, d.k FROM a JOIN (SELECT DISTINCT k FROM t) d ON a.k = d.k' },
  { query: 'SELECT a.id, d.k FROM a JOIN (SELECT k FROM t UNION SELECT 5) d ON a.k = d.k' },
  { query: 'SELECT a.id, d.k FROM a JOIN (SELECT k FROM t ORDER BY low DESC LIMIT 2) d ON a.k = d.k' },
];

FORM_CASES.push(
  // Subqueries under OR and NOT, in CASE and in the list
  { query: 'SELECT id FROM a WHERE x > 8 OR k IN (SELECT k FROM b WHERE y > 3)' },
  { query: 'SELECT id FROM a WHERE x > 8 OR EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.g = a.g)' },
  { query: 'SELECT id FROM a WHERE x < 0 OR NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.x)' },
  { query: 'SELECT id FROM a WHERE x < 0 OR EXISTS (SELECT 1 FROM b WHERE y > 13)' },
  { query: 'SELECT id FROM a WHERE k NOT IN (SELECT y FROM b WHERE y IS NOT NULL)' },
  { query: 'SELECT id FROM a WHERE k NOT IN (SELECT y FROM b)' },
  { query: 'SELECT id FROM a WHERE k NOT IN (SELECT y FROM b WHERE b.id > 50)' },
  { query: 'SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE b.g = a.g)' },
  { query: 'SELECT id FROM a WHERE x > 5 OR k NOT IN (SELECT k FROM b WHERE b.g = a.g)' },
  {
    query:
      'SELECT id, k IN (SELECT k FROM b WHERE y > 8) AS i, k NOT IN (SELECT y FROM b WHERE y > 3) AS n, EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND y > 10) AS e FROM a',
  },
  { query: 'SELECT id, k IN (SELECT k FROM b WHERE b.g = a.g) AS i FROM a' },
  {
    query:
      "SELECT id, CASE WHEN EXISTS (SELECT 1 FROM b WHERE b.k = a.k) THEN 'both' WHEN k IN (SELECT x FROM a) THEN 'own' ELSE 'none' END AS c FROM a",
  },
  {
    query: 'SELECT id FROM a WHERE (x > (SELECT max(y) FROM b WHERE b.k = a.k)) OR k IN (SELECT k FROM b WHERE y < 0)',
  },
  {
    query:
      'SELECT g, count(*) AS n FROM a WHERE x IS NULL OR k IN (SELECT k FROM b GROUP BY k HAVING count(*) > 8) GROUP BY g',
    mode: 'update',
  },
  { query: "SELECT id FROM a WHERE k IN (SELECT k FROM b WHERE y IN (SELECT x FROM a WHERE g = 'a'))" },
  {
    query: 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND (b.y > 12 OR b.g IN (SELECT g FROM u)))',
  },
  { query: 'SELECT id FROM a WHERE (k, g) IN (SELECT k, g FROM b)' },
  { query: 'SELECT id FROM a WHERE k IN (SELECT * FROM (SELECT DISTINCT k FROM b WHERE y > 9))' },
  // The same of tables, which keep no state
  { query: 'SELECT id FROM a WHERE x > 12 OR k IN (SELECT k FROM t WHERE low > 1)', mode: 'append' },
  { query: 'SELECT id FROM a WHERE k NOT IN (SELECT k FROM t WHERE k IS NOT NULL)', mode: 'append' },
  { query: 'SELECT id FROM a WHERE k NOT IN (SELECT k FROM t)', mode: 'append' },
  {
    query:
      'SELECT id, k NOT IN (SELECT k FROM t) AS n, g IN (SELECT g FROM u) AS i, EXISTS (SELECT 1 FROM t WHERE t.k = a.k AND low > 1) AS e, k IN (VALUES (1), (2)) AS v FROM a',
    mode: 'append',
  },
);

FORM_CASES.push(
  // Stars
  { query: "SELECT COLUMNS('[kx]') FROM a", mode: 'append' },
  { query: "SELECT id, COLUMNS(c -> c IN ('k', 'x')) + 1 FROM a", mode: 'append' },
  { query: "SELECT id, COLUMNS('(k|x)') AS 'my_\\1' FROM a", mode: 'append' },
  { query: 'SELECT g, max(COLUMNS(* EXCLUDE (g, ts))) FROM a GROUP BY g' },
  { query: "SELECT * LIKE '%d' FROM a", mode: 'append' },
  { query: 'SELECT * EXCLUDE (ts, a.d) REPLACE (x + 1 AS x) RENAME (k AS key) FROM a', mode: 'append' },
  { query: 'SELECT a.* EXCLUDE (ts), b.y FROM a JOIN b USING (k)', mode: 'append' },
  { query: "SELECT s.* FROM (SELECT {'one': k, 'two': g} AS s FROM a)", mode: 'append' },
  { query: 'SELECT #1, #3 FROM a', mode: 'append' },
  { query: 'FROM a SELECT id WHERE x > 3', mode: 'append' },
  { query: 'FROM (FROM a SELECT k, x) WHERE x > 3', mode: 'append' },
  { query: 'SELECT k, x FROM a ORDER BY ALL LIMIT 5' },
  { query: 'SELECT k, count(*) AS n FROM a GROUP BY ALL ORDER BY ALL DESC LIMIT 3' },
  {
    query: 'SELECT list_transform([x, k], lambda v: v + 1) AS l, list_filter([x, k], lambda v: v > 2) AS f FROM a',
    mode: 'append',
  },
  // By name
  { query: 'SELECT id, k, x FROM a UNION ALL BY NAME SELECT y, k, id FROM b', mode: 'append' },
  { query: 'SELECT k, g FROM a UNION BY NAME SELECT g, k, 1 AS one FROM b' },
  {
    query:
      'SELECT k, sum(x) AS s, sum(y) AS t FROM (SELECT k, x FROM a UNION ALL BY NAME SELECT y, k FROM b) GROUP BY k',
    mode: 'update',
  },
);

FORM_CASES.push(
  {
    query: "SELECT * FROM a PIVOT (sum(x) FOR g IN ('a', 'b') GROUP BY k)",
    mode: 'update',
  },
  { query: "SELECT * FROM (SELECT k, g, x FROM a) PIVOT (count(*) AS n, max(x) FOR g IN ('a' AS first, 'c'))" },
  { query: "PIVOT (SELECT k, g, x FROM a) ON g IN ('a', 'd') USING sum(x)" },
  { query: "PIVOT a ON g IN ('a', 'b'), k IN (1, 2) USING count(*) AS n GROUP BY x" },
  { query: 'SELECT * FROM (SELECT id, k, x FROM a) UNPIVOT (v FOR n IN (k, x))', mode: 'append' },
  { query: 'SELECT * FROM (SELECT id, k, x FROM a) UNPIVOT INCLUDE NULLS (v FOR n IN (k, x))', mode: 'append' },
);

FORM_CASES.push(
  // Subqueries over groups
  { query: 'SELECT k, count(*) AS n FROM a GROUP BY k HAVING count(*) > (SELECT count(*) / 7 FROM b)' },
  { query: 'SELECT k, sum(x) AS s FROM a GROUP BY k HAVING sum(x) > 0 AND k IN (SELECT k FROM b WHERE y > 8)' },
  {
    query:
      'SELECT k, sum(x) AS s FROM a GROUP BY k HAVING EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND y > 10) OR s > 20',
  },
  {
    query:
      'SELECT k, count(*) AS n, count(*) > (SELECT max(low) FROM t) AS many, k IN (SELECT y FROM b) AS i FROM a GROUP BY k',
  },
  { query: 'SELECT a.k, (SELECT max(y) FROM b WHERE b.k = a.k) AS best FROM a GROUP BY a.k' },
  { query: 'SELECT max(x) - (SELECT min(y) FROM b) AS spread FROM a HAVING count(*) > 0' },
);

FORM_CASES.push(
  {
    query:
      'SELECT k IN (SELECT y FROM b WHERE y > 2) AS i, count(*) AS n, count(*) > (SELECT max(low) FROM t) AS many FROM a GROUP BY ALL',
  },
  { query: 'SELECT (SELECT max(low) FROM t WHERE t.k = a.k) AS low, sum(x) AS s FROM a GROUP BY low' },
);

FORM_CASES.push({
  // Names of FROM that are other columns below
  query:
    'SELECT k FROM a AS s(k, id, gg) WHERE x > 12 OR EXISTS (SELECT 1 FROM b WHERE b.k = s.id AND b.g = s.gg) OR id IN (SELECT y FROM b)',
});
