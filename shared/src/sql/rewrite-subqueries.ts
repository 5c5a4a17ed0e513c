import type { SelectNode } from './ast.ts';

/** Copies `tree` with the query of every subquery in an expression replaced; those inside of it are the replacement's matter. */
export function rewriteSubqueries<T>(tree: T, replace: (node: SelectNode) => SelectNode): T {
  if (Array.isArray(tree)) return tree.map((item) => rewriteSubqueries(item as unknown, replace)) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  if ((JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(tree)) return tree;
  const copied = Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key,
      key === 'subquery' ? value : rewriteSubqueries(value as unknown, replace),
    ]),
  );
  if ('class' in tree && tree.class === 'SUBQUERY') {
    const { subquery } = tree as unknown as { subquery: { node: SelectNode } };
    copied.subquery = { ...subquery, node: replace(subquery.node) };
  }
  return copied as T;
}
