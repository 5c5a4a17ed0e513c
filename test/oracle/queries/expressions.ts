import type { Draws } from './draws.ts';
import type { Generated } from './generated.ts';

type Columns = Pick<Generated, 'numbers' | 'texts' | 'times'>;

/** A whole number, or NULL. `alias`: with a dot. */
export function number(draws: Draws, from: Columns, alias = ''): string {
  const { below, pick, fresh } = draws;
  const column = `${alias}${pick(from.numbers)}`;
  switch (below(11)) {
    case 0:
      return `${column} + ${below(4)}`;
    case 1:
      return `coalesce(${column}, ${below(5)})`;
    case 2:
      return `CASE WHEN ${condition(draws, from, alias)} THEN ${column} END`;
    case 3:
      return `abs(${column} % 7)`;
    case 4:
      return `greatest(${column}, ${alias}${pick(from.numbers)})`;
    case 5: {
      const x = fresh('x');
      return `list_sum(list_transform([${column}, ${below(5)}, NULL], lambda ${x}: ${x} + 1))::BIGINT`;
    }
    case 6:
      return from.texts.length > 0 ? `len(${alias}${pick(from.texts)})` : column;
    default:
      return column;
  }
}

export function text({ below, pick, chance }: Draws, from: Columns, alias = ''): string {
  if (from.texts.length === 0) return `'t' || ${alias}${pick(from.numbers)}`;
  const column = `${alias}${pick(from.texts)}`;
  if (chance(0.6)) return column;
  switch (below(4)) {
    case 0:
      return `upper(${column})`;
    case 1:
      return `coalesce(${column}, 'z')`;
    case 2:
      return `regexp_replace(${column}, '[ab]', 'c')`;
    default:
      return `nullif(${column}, 'b')`;
  }
}

export function condition(draws: Draws, from: Columns, alias = ''): string {
  const { below, pick } = draws;
  const column = `${alias}${pick(from.numbers)}`;
  switch (below(10)) {
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
    case 5:
      return from.times.length > 0
        ? `${alias}${pick(from.times).name} > TIMESTAMP '2024-01-01 00:00:${10 + below(20)}'`
        : `${column} BETWEEN 0 AND ${below(9)}`;
    case 6:
      return `NOT (${column} = ${alias}${pick(from.numbers)})`;
    default:
      return `${column} ${pick(['<', '>', '<>', '=', '>='])} ${below(8)}`;
  }
}

/** Something of a group, a whole number. */
export function aggregate(draws: Draws, from: Columns): string {
  const { pick, chance } = draws;
  const column = pick(from.numbers);
  const word = from.texts.length > 0 ? pick(from.texts) : `${column}::VARCHAR`;
  const filter = chance(0.25) ? ` FILTER (WHERE ${condition(draws, from)})` : '';
  const call = pick([
    ...['sum', 'min', 'max', 'count'].map((name) => `${name}(${column})${filter}`),
    ...['sum', 'count', 'avg'].map((name) => `${name}(DISTINCT ${column})${filter}${name === 'avg' ? ' * 4' : ''}`),
    `count(DISTINCT ${word})${filter}`,
    `count(*)${filter}`,
    `count_if(${condition(draws, from)})`,
    `avg(${column})${filter} * 4`,
    `median(${column})${filter} * 2`,
    `quantile_disc(${column}, 0.5)${filter}`,
    `approx_count_distinct(${column})${filter}`,
    `len(list(${column} ORDER BY ${column})${filter})`,
    `list(${column} ORDER BY ${column} DESC NULLS LAST)${filter}[1]`,
    `len(string_agg(DISTINCT ${word}, ',' ORDER BY ${word})${filter})`,
    `bool_or(${condition(draws, from)})${filter}::INTEGER`,
    `bool_and(${condition(draws, from)})${filter}::INTEGER`,
    `arg_max(${column}, ${column})${filter}`,
  ]);
  return `(${call})::BIGINT`;
}

/** Something of a group, a text. */
export function wordOfGroup(draws: Draws, from: Columns): string {
  const { pick } = draws;
  const word = text(draws, from);
  return pick([`min(${word})`, `max(${word})`, `string_agg(${word}, ',' ORDER BY ${word})`]);
}
