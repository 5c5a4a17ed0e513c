// SELECT lists with every star written out: *, COLUMNS(…) and patterns such as * LIKE 'a%', and columns by their number.

import type { Column } from '../../plan/index.ts';
import { type Expression, isStar, locationOf, rewrite, type Star, visit } from '../ast.ts';
import { column, named, select, table } from '../ast-build.ts';
import { selectText } from '../sql-text.ts';
import { type CompilerContext, INPUT_NAME, refuse, tableDdl } from './compiler-context.ts';
import type { From } from './join-scope.ts';
import { columnOf } from './relation.ts';
import { expandStar, meaningOf, type Scope } from './scope.ts';

/** The items that a list stands for, with their aliases. */
export async function expandList(
  context: CompilerContext,
  list: readonly Expression[],
  from: From,
): Promise<Expression[]> {
  const expanded: Expression[] = [];
  for (const item of list) expanded.push(...(await expandItem(context, numbered(item, from.scope), from)));
  return expanded;
}

async function expandItem(context: CompilerContext, item: Expression, from: From): Promise<Expression[]> {
  const star = starIn(item);
  if (star === null) return [item];
  if (isStar(item) && !item.columns) return starOrFields(context, item, from);
  // Of a pattern the star is the whole, of COLUMNS(…) the place of each column.
  const isPattern = !star.columns;
  const asked = isPattern ? item : named(star, '');
  const only = isPattern || star.expr !== null ? await namesOf(context, asked, from) : null;
  const columns = expandStar(star, from.scope, only && new Set(only.map((name) => name.toLowerCase())));
  if (columns.length === 0) refuse('No column matches.', 'Look at the pattern.', locationOf(item));
  if (!isPattern && !isStar(item))
    return columns.map((one) => rewrite(item, (node) => (isStar(node) ? named(one, '') : null)));
  if (item.alias === '') return columns;
  // The alias may take parts of the name that the pattern has found: COLUMNS('(.*)_at') AS '\\1'.
  const aliases = await namesOf(context, item, from);
  return columns.map((one, index) => named(one, aliases[index] ?? item.alias));
}

/** `#1`: the first column of FROM. */
function numbered(item: Expression, scope: Scope): Expression {
  return rewrite(item, (node) => {
    if (node.class === 'SUBQUERY') return node;
    if (node.class !== 'POSITIONAL_REFERENCE') return null;
    const all = scope.tables.flatMap(({ alias, columns }) =>
      columns.filter(({ starred }) => starred).map(({ name }) => named(column(alias, name), node.alias || name)),
    );
    return all[Number(node.index) - 1] ?? refuse(`FROM has ${all.length} columns.`, '', locationOf(node));
  });
}

function starIn(item: Expression): Star | null {
  let found: Star | null = null;
  visit(item, (node) => {
    if (node.class === 'SUBQUERY') return 'skip';
    if (!isStar(node)) return undefined;
    found ??= node;
    return 'skip';
  });
  return found;
}

/** `s.*` of a table, or of a column that is a STRUCT. */
async function starOrFields(context: CompilerContext, star: Star, from: From): Promise<Expression[]> {
  const columns = expandStar(star, from.scope);
  const { relation_name: name } = star;
  if (columns.length > 0 || name === '' || meaningOf(column(name), from.scope) === null) return columns;
  return (await namesOf(context, star, from)).map((field) => named(column(name, field), field));
}

/** Names of the columns that DuckDB makes of an item over all that FROM shows. */
async function namesOf(context: CompilerContext, item: Expression, { scope, relation }: From): Promise<string[]> {
  const shown = new Map<string, Column>();
  for (const { name, column: from, starred } of scope.tables.flatMap(({ columns }) => columns)) {
    const key = name.toLowerCase();
    if (starred && !shown.has(key)) shown.set(key, { name, type: columnOf(relation, from).type });
  }
  // Names of tables mean nothing there; which of them is looked at afterwards.
  const bare = rewrite(item, (node) =>
    isStar(node) && node.columns ? ({ ...node, relation_name: '' } as Expression) : null,
  );
  const text = await selectText(select([bare], table(INPUT_NAME)), context.frontend);
  const described = await context.frontend.describe([tableDdl(INPUT_NAME, [...shown.values()])], text);
  if (described.ok) return described.columns.map(({ name }) => name);
  return refuse(described.error.message.split('\n')[0]!, 'Name the columns.', locationOf(item));
}
