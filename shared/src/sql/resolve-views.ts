// Views are read as if WITH defined them in front of the query: each may read those above it.

import type { JobSpec } from '../spec/job-spec.ts';
import type { SelectNode } from './ast.ts';
import type { ExpressionScope } from './check-expression.ts';
import { checkQuery } from './check-query.ts';
import type { SqlFrontend } from './frontend.ts';
import { parseQuery } from './parse-query.ts';
import { isIn, type SpecTexts } from './query-texts.ts';
import type { Refusal } from './refusal.ts';
import { type Definition, resolveRelations } from './resolve-relations.ts';

/** Trees in which the bodies of views stand in the place of their names. A view is one and the same tree wherever it stands. */
export type ResolvedQueries = { queries: SelectNode[]; views: SelectNode[] };

export async function resolveViews(
  spec: JobSpec,
  texts: SpecTexts,
  frontend: SqlFrontend,
): Promise<ResolvedQueries | Refusal[]> {
  const parsed = await Promise.all([...texts.views, ...texts.queries].map((text) => parseQuery(text, frontend)));
  const wrong = parsed.filter((one) => Array.isArray(one)).flat();
  if (wrong.length > 0) return wrong;
  const trees = parsed as SelectNode[];
  const definitions = new Map<string, Definition>();
  const views = spec.views.map(({ name }, index) => {
    const node = resolveRelations(trees[index]!, definitions);
    definitions.set(name.toLowerCase(), { aliases: [], query: { node } });
    return node;
  });
  return { queries: trees.slice(views.length).map((tree) => resolveRelations(tree, definitions)), views };
}

/** What is not supported in any of them, each told of its own text: a view is a part of what reads it. */
export function checkViews(
  { queries, views }: ResolvedQueries,
  spec: JobSpec,
  texts: SpecTexts,
  scope: ExpressionScope,
): Refusal[] {
  const viewNames = spec.views.map(({ name }) => name);
  const names = { sourceNames: spec.sources.map(({ name }) => name), tableNames: spec.tables.map(({ name }) => name) };
  const owners = [...texts.views, ...texts.queries];
  return [...views, ...queries].flatMap((node, index) => {
    const later = viewNames
      .slice(index)
      .map((name, at) => [name.toLowerCase(), at === 0 ? ('itself' as const) : ('later' as const)] as const);
    const found = checkQuery(node, {
      ...scope,
      ...names,
      viewNames: viewNames.slice(0, index),
      laterViews: new Map(later),
      outermost: queries.includes(node),
    });
    return found.filter(({ location }) => location === null || isIn(owners[index]!, location));
  });
}
