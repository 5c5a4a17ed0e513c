// Queries nobody would write, over the small relations: every construct beside and inside of every other.
import { mulberry } from './differential.ts';

/** A subquery, by what its columns hold. */
type Generated = { sql: string; numbers: string[]; texts: string[] };

const DEPTH_MAX = 3;

/** The same query for the same seed. All columns of a relation have distinct names, and all orders are total. */
export function randomQuery(seed: number): string {
  const random = mulberry(seed * 104729 + 3);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const chance = (probability: number) => random() < probability;
  let names = 0;
  const fresh = (prefix: string) => `${prefix}${++names}`;

  const number = (from: Generated, alias = ''): string => {
    const column = `${alias}${pick(from.numbers)}`;
    switch (below(6)) {
      case 0:
        return `${column} + ${below(4)}`;
      case 1:
        return `coalesce(${column}, ${below(5)})`;
      case 2:
        return `CASE WHEN ${condition(from, alias)} THEN ${column} END`;
      default:
        return column;
    }
  };

  const text = (from: Generated, alias = ''): string => {
    if (from.texts.length === 0) return `'t' || ${alias}${pick(from.numbers)}`;
    const column = `${alias}${pick(from.texts)}`;
    return chance(0.2) ? `upper(${column})` : chance(0.1) ? `coalesce(${column}, 'z')` : column;
  };

  const condition = (from: Generated, alias = ''): string => {
    const column = `${alias}${pick(from.numbers)}`;
    switch (below(7)) {
      case 0:
        return `${column} IS NULL`;
      case 1:
        return `${column} IS NOT NULL`;
      case 2:
        return from.texts.length > 0 ? `${alias}${pick(from.texts)} IN ('a', 'b')` : `${column} IN (1, 2, 3)`;
      case 3:
        return `${column} % 2 = 0`;
      case 4:
        return `(${column} < 3 OR ${alias}${pick(from.numbers)} > 6)`;
      default:
        return `${column} ${pick(['<', '>', '<>', '=', '>='])} ${below(8)}`;
    }
  };

  const base = (): Generated =>
    chance(0.5)
      ? { sql: 'SELECT id AS i, k AS n, x AS m, g AS t FROM a', numbers: ['i', 'n', 'm'], texts: ['t'] }
      : { sql: 'SELECT k AS n, y AS m, g AS t FROM b', numbers: ['n', 'm'], texts: ['t'] };

  /** The same columns under names that nobody else has. */
  const renamed = (from: Generated): Generated => {
    const alias = fresh('r');
    const numbers = from.numbers.map(() => fresh('n'));
    const texts = from.texts.map(() => fresh('t'));
    const items = [
      ...from.numbers.map((name, index) => `${name} AS ${numbers[index]}`),
      ...from.texts.map((name, index) => `${name} AS ${texts[index]}`),
    ];
    return { sql: `SELECT ${items.join(', ')} FROM (${from.sql}) ${alias}`, numbers, texts };
  };

  const filtered = (depth: number): Generated => {
    const from = relation(depth - 1);
    const [n, m, t] = [fresh('n'), fresh('n'), fresh('t')];
    const where = chance(0.7) ? ` WHERE ${condition(from)}` : '';
    const sql = `SELECT ${number(from)} AS ${n}, ${number(from)} AS ${m}, ${text(from)} AS ${t} FROM (${from.sql}) ${fresh('q')}${where}`;
    return { sql, numbers: [n, m], texts: [t] };
  };

  const joined = (depth: number): Generated => {
    const [left, right] = [renamed(relation(depth - 1)), renamed(relation(depth - 1))];
    const [l, r] = [fresh('l'), fresh('r')];
    const type = pick(['JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'SEMI JOIN', 'ANTI JOIN']);
    const equals = chance(0.85) ? '=' : 'IS NOT DISTINCT FROM';
    const byText = left.texts.length > 0 && right.texts.length > 0 && chance(0.4);
    const key = byText
      ? `${l}.${pick(left.texts)} ${equals} ${r}.${pick(right.texts)}`
      : `${l}.${pick(left.numbers)} ${equals} ${r}.${pick(right.numbers)}`;
    const also = chance(0.3) ? ` AND ${condition(chance(0.5) ? left : right, '').replace(/^/, '')}` : '';
    const between = chance(0.2) ? ` AND ${l}.${pick(left.numbers)} < ${r}.${pick(right.numbers)}` : '';
    const ofLeft = type === 'SEMI JOIN' || type === 'ANTI JOIN';
    const shown: Generated = ofLeft
      ? left
      : {
          sql: '',
          numbers: [...left.numbers.slice(0, 2), ...right.numbers.slice(0, 2)],
          texts: [...left.texts, ...right.texts].slice(0, 2),
        };
    const where = chance(0.3) ? ` WHERE ${condition(shown)}` : '';
    const sql = `SELECT ${[...shown.numbers, ...shown.texts].join(', ')} FROM (${left.sql}) ${l} ${type} (${right.sql}) ${r} ON ${key}${also}${between}${where}`;
    return { ...shown, sql };
  };

  const grouped = (depth: number): Generated => {
    const from = relation(depth - 1);
    const [k, c, v, w] = [fresh('n'), fresh('n'), fresh('n'), fresh('n')];
    const isText = !chance(0.5);
    const key = isText ? text(from) : number(from);
    const aggregate = (): string => {
      const column = pick(from.numbers);
      const filter = chance(0.2) ? ` FILTER (WHERE ${condition(from)})` : '';
      const name = pick([
        'sum',
        'min',
        'max',
        'count',
        'count(DISTINCT',
        'sum(DISTINCT',
        'quantile_disc',
        'arg',
        'bool',
      ]);
      if (name === 'quantile_disc') return `quantile_disc(${column}, 0.5)${filter}`;
      if (name === 'arg') return `len(list(${column} ORDER BY ${column})${filter})`;
      if (name === 'bool') return `bool_or(${condition(from)})${filter}::INTEGER`;
      return `${name.includes('(') ? `${name} ` : `${name}(`}${column})${filter}`;
    };
    const having = chance(0.2) ? ` HAVING count(*) > ${below(3)}` : '';
    const names = [k, c, v, w];
    const extra = chance(0.3) ? `, ${aggregate()}::BIGINT AS ${w}` : '';
    const sql = `SELECT ${key} AS ${k}, count(*) AS ${c}, ${aggregate()}::BIGINT AS ${v}${extra} FROM (${from.sql}) ${fresh('q')} GROUP BY 1${having}`;
    const numbers = names.slice(isText ? 1 : 0, extra === '' ? 3 : 4);
    return { sql, numbers, texts: isText ? [k] : [] };
  };

  const distinct = (depth: number): Generated => {
    const from = relation(depth - 1);
    const [n, t] = [fresh('n'), fresh('t')];
    return {
      sql: `SELECT DISTINCT ${number(from)} AS ${n}, ${text(from)} AS ${t} FROM (${from.sql}) ${fresh('q')}`,
      numbers: [n],
      texts: [t],
    };
  };

  const united = (depth: number): Generated => {
    const [left, right] = [relation(depth - 1), relation(depth - 1)];
    const [n, t] = [fresh('n'), fresh('t')];
    const operator = pick(['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL']);
    const side = (from: Generated) =>
      `SELECT ${number(from)}::BIGINT AS ${n}, ${text(from)} AS ${t} FROM (${from.sql}) ${fresh('q')}`;
    return { sql: `${side(left)} ${operator} ${side(right)}`, numbers: [n], texts: [t] };
  };

  const ranked = (depth: number): Generated => {
    const from = relation(depth - 1);
    const all = [...from.numbers, ...from.texts];
    const order = all.map((name) => `${name}${chance(0.3) ? ' DESC' : ''}`).join(', ');
    const partition = chance(0.8) ? `PARTITION BY ${pick(all)} ` : '';
    const r = fresh('n');
    const q = fresh('q');
    if (chance(0.5)) {
      const rank = pick(['row_number', 'rank', 'dense_rank']);
      const sql = `SELECT ${all.join(', ')} FROM (${from.sql}) ${q} QUALIFY ${rank}() OVER (${partition}ORDER BY ${order}) <= ${1 + below(3)}`;
      return { ...from, sql };
    }
    const column = pick(from.numbers);
    const call = pick([
      `row_number() OVER (${partition}ORDER BY ${order})`,
      `lag(${column}) OVER (${partition}ORDER BY ${order})`,
      `sum(${column}) OVER (${partition}ORDER BY ${order} ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)`,
      `count(*) OVER (${partition.trim()})`,
      `max(${column}) OVER (${partition}ORDER BY ${pick(from.numbers)})`,
    ]);
    const sql = `SELECT ${all.join(', ')}, ${call}::BIGINT AS ${r} FROM (${from.sql}) ${q}`;
    return { sql, numbers: [...from.numbers, r], texts: from.texts };
  };

  const tested = (depth: number): Generated => {
    const [from, other] = [relation(depth - 1), renamed(relation(depth - 1))];
    const [q, o] = [fresh('q'), fresh('o')];
    const shown = [...from.numbers, ...from.texts].map((name) => `${q}.${name}`).join(', ');
    const outer = `${q}.${pick(from.numbers)}`;
    const inner = `${o}.${pick(other.numbers)}`;
    const test = pick([
      `${outer} IN (SELECT ${inner} FROM (${other.sql}) ${o})`,
      `EXISTS (SELECT 1 FROM (${other.sql}) ${o} WHERE ${inner} = ${outer})`,
      `NOT EXISTS (SELECT 1 FROM (${other.sql}) ${o} WHERE ${inner} = ${outer} AND ${condition(other, `${o}.`)})`,
      `${outer} > (SELECT min(${inner}) FROM (${other.sql}) ${o})`,
      `${outer} <= (SELECT max(${inner}) FROM (${other.sql}) ${o} WHERE ${o}.${pick(other.numbers)} = ${q}.${pick(from.numbers)})`,
    ]);
    return { ...from, sql: `SELECT ${shown} FROM (${from.sql}) ${q} WHERE ${test}` };
  };

  const shared = (depth: number): Generated => {
    const from = renamed(relation(depth - 1));
    const [c, n] = [fresh('c'), fresh('n')];
    const [key, value] = [pick(from.numbers), pick(from.numbers)];
    const sql = `WITH ${c} AS (${from.sql}) SELECT l.${key} AS ${n}, r.v AS ${n}v FROM ${c} l JOIN (SELECT ${key} AS k, count(*) AS v FROM ${c} GROUP BY ${key}) r ON l.${key} = r.k WHERE l.${value} IS NOT NULL`;
    return { sql, numbers: [n, `${n}v`], texts: [] };
  };

  const relation = (depth: number): Generated => {
    if (depth <= 0 || chance(0.15)) return base();
    return pick([filtered, joined, joined, grouped, grouped, distinct, united, ranked, tested, shared])(depth);
  };

  const whole = renamed(relation(1 + below(DEPTH_MAX)));
  return whole.sql;
}
