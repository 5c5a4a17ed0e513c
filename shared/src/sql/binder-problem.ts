import { locationOf, parseAst, type SelectNode } from './ast.ts';
import type { SqlError, SqlFrontend } from './frontend.ts';
import type { Refusal } from './refusal.ts';

/**
 * What DuckDB says about `text`, which was printed from `tree`. Its place is one in `text`; the place in the user's
 * query is that of the same node in `tree`.
 */
export async function fromSqlError(
  error: SqlError,
  text: string,
  tree: SelectNode,
  frontend: SqlFrontend,
): Promise<Refusal> {
  return { ...wording(error), location: await originalLocation(error, text, tree, frontend) };
}

/** A short message and what to do about it. */
export function wording({ message, kind, name, candidates }: SqlError): Pick<Refusal, 'message' | 'hint'> {
  if (kind === 'COLUMN_NOT_FOUND' && name !== null) {
    const [first] = candidates;
    return { message: `There is no column "${name}".`, hint: first ? `Did you mean "${first}"?` : '' };
  }
  if (kind === 'NO_MATCHING_FUNCTION') {
    return { message: firstLine(message), hint: 'Cast the arguments, for example CAST(x AS DOUBLE).' };
  }
  const [, ungrouped] = /^column "(.*)" must appear in the GROUP BY clause/.exec(message) ?? [];
  if (ungrouped !== undefined) {
    const hint = 'Add it to GROUP BY, or aggregate it with min, max or arg_max.';
    return { message: `The column "${ungrouped}" is neither grouped by nor aggregated.`, hint };
  }
  const [, guess] = /Did you mean (".*?")/.exec(message) ?? [];
  return { message: firstLine(message), hint: guess ? `Did you mean ${guess}?` : '' };
}

/** DuckDB goes on with long lists of candidates. */
function firstLine(text: string): string {
  const line = text.split('\n')[0]!.trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

async function originalLocation(
  error: SqlError,
  text: string,
  tree: SelectNode,
  frontend: SqlFrontend,
): Promise<number | null> {
  if (error.position === null) return null;
  const printed = await frontend.serialize(text);
  if (!printed.ok) return null;
  const path = pathTo(parseAst(printed.ast).statements[0]!.node, error.position);
  if (path === null) return null;
  let node: unknown = tree;
  for (const step of path)
    node = typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[step] : undefined;
  return locationOf(node);
}

/** Keys that lead to the node at `position`. */
function pathTo(node: unknown, position: number): string[] | null {
  if (typeof node !== 'object' || node === null) return null;
  if ('query_location' in node && node.query_location === position) return [];
  for (const [key, value] of Object.entries(node)) {
    const path = pathTo(value, position);
    if (path !== null) return [key, ...path];
  }
  return null;
}
