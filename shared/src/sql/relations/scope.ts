// What names mean inside one SELECT.

import { type ColumnRef, type Expression, fingerprint, isColumnRef, rewrite, type Star, visit } from '../ast.ts';
import { column, named } from '../ast-build.ts';

/** `name` as the user wrote it, `column` in the relation. Metadata of JSON sources is there by name, but not in `*`. */
export type ScopeColumn = { name: string; column: string; starred: boolean };
export type ScopeTable = { alias: string; columns: ScopeColumn[] };

export type Scope = {
  tables: ScopeTable[];
  /** Lower-case names of USING columns → what they mean without a table's name. */
  merged: ReadonlyMap<string, Expression>;
};

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** What a column reference means over the relation of the scope; null: nothing there has that name. */
export function meaningOf(ref: ColumnRef, { tables, merged }: Scope): Expression | null {
  const [first, second, ...rest] = ref.column_names as [string, string | undefined, ...string[]];
  const place = {
    alias: ref.alias,
    ...(ref.query_location === undefined ? {} : { query_location: ref.query_location }),
  };
  if (second !== undefined) {
    for (const table of tables) {
      const found = same(table.alias, first) ? table.columns.find(({ name }) => same(name, second)) : undefined;
      if (found) return { ...column(found.column, ...rest), ...place };
    }
  }
  const fields = second === undefined ? [] : [second, ...rest];
  const using = merged.get(first.toLowerCase());
  if (using && (fields.length === 0 || isColumnRef(using))) {
    return isColumnRef(using) ? { ...column(...using.column_names, ...fields), ...place } : { ...using, ...place };
  }
  const found = tables.flatMap(({ columns }) => columns.filter(({ name }) => same(name, first)));
  return found.length === 0 ? null : { ...column(found[0]!.column, ...fields), ...place };
}

/** Lower-case names that lambdas in the tree give to their parameters. */
export function lambdaParameters(tree: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  visit(tree, (item) => {
    // That of COLUMNS(name -> …) is over names.
    if (item.class === 'STAR') return 'skip';
    if (item.class === 'LAMBDA') {
      visit(item.lhs, (parameter) => {
        if (isColumnRef(parameter)) names.add(parameter.column_names[0]!.toLowerCase());
        return undefined;
      });
    }
    return undefined;
  });
  return names;
}

/** The columns that a star stands for, of those in `only`, under their names. */
export function expandStar(star: Star, scope: Scope, only: ReadonlySet<string> | null = null): Expression[] {
  const excluded = new Set(star.exclude_list.map((name) => name.toLowerCase()));
  const excludedOf = (alias: string, name: string) =>
    star.qualified_exclude_list.some(({ table, column: one }) => same(table, alias) && same(one, name));
  const replaced = new Map(star.replace_list.map(({ key, value }) => [key.toLowerCase(), value]));
  const renamed = new Map(star.rename_list.map(({ key, value }) => [key.column.toLowerCase(), value]));
  const seen = new Set<string>();
  const items: Expression[] = [];
  for (const table of scope.tables) {
    if (star.relation_name !== '' && !same(table.alias, star.relation_name)) continue;
    for (const { name, starred } of table.columns) {
      const key = name.toLowerCase();
      if (!starred || excluded.has(key) || excludedOf(table.alias, name) || !(only?.has(key) ?? true)) continue;
      const isMerged = star.relation_name === '' && scope.merged.has(key);
      if (isMerged && seen.has(key)) continue;
      seen.add(key);
      const ref = isMerged ? column(name) : column(table.alias, name);
      items.push(named(replaced.get(key) ?? ref, renamed.get(key) ?? name));
    }
  }
  return items;
}

export type Resolver = {
  /** In a list, WHERE and GROUP BY: columns come before aliases. */
  resolve(tree: Expression): Expression;
  /** In HAVING and QUALIFY: what is grouped by, then aliases, then columns. */
  resolveLate(tree: Expression, groups: ReadonlyMap<string, string>): Expression;
  list: Expression[];
};

/** Resolves names of one SELECT. `list` has its stars expanded. What is not found stays as it is: it belongs to a query around this one. */
export function createResolver(select: readonly Expression[], scope: Scope, whole: unknown): Resolver {
  const parameters = lambdaParameters(whole);
  const aliases = new Map<string, Expression>();
  const aliasName = (ref: ColumnRef): string | null => {
    const [first, second] = ref.column_names as [string, string | undefined];
    const name = second === undefined ? first : first.toLowerCase() === 'alias' ? second : null;
    return name === null || parameters.has(name.toLowerCase()) ? null : name.toLowerCase();
  };
  const aliased = (ref: ColumnRef): Expression | null => {
    const meant = aliases.get(aliasName(ref) ?? '');
    return meant ? { ...meant, alias: ref.alias } : null;
  };
  const isParameter = (ref: ColumnRef) => parameters.has(ref.column_names[0]!.toLowerCase());
  const replace = (item: Expression): Expression | null => {
    // Names in a subquery are its own first.
    if (item.class === 'SUBQUERY') return item;
    if (!isColumnRef(item) || isParameter(item)) return null;
    return meaningOf(item, scope) ?? aliased(item);
  };
  const resolve = (tree: Expression) => rewrite(tree, replace);
  const list = select.map((item) => {
    const resolved = { ...resolve(item), alias: item.alias };
    if (item.alias !== '') aliases.set(item.alias.toLowerCase(), resolved);
    return resolved;
  });
  return {
    resolve,
    list,
    resolveLate: (tree, groups) =>
      rewrite(tree, (item) => {
        if (item.class === 'SUBQUERY') return item;
        if (!isColumnRef(item) || isParameter(item)) return null;
        const meant = meaningOf(item, scope);
        if (meant && groups.has(fingerprint(meant))) return meant;
        return aliased(item) ?? meant;
      }),
  };
}
