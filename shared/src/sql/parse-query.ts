import { parseAst, type SelectNode } from './ast.ts';
import type { SqlFrontend } from './frontend.ts';
import type { SpecText } from './query-texts.ts';
import type { Refusal } from './refusal.ts';

/** The syntax tree of one SELECT. Its places count through all texts of the spec. */
export async function parseQuery(
  { path, text, base }: SpecText,
  frontend: SqlFrontend,
): Promise<SelectNode | Refusal[]> {
  const refused = (message: string, hint: string, location: number | null): Refusal[] => [
    { message, hint, location: location === null ? null : base + location, path },
  ];
  const serialized = await frontend.serialize(text);
  if (!serialized.ok) {
    const { message, position } = serialized.error;
    if (!/^Only SELECT/.test(message)) return refused(`${message}.`, '', position);
    // DuckDB would read the values first.
    if (/^\s*PIVOT\b/i.test(text))
      return refused(
        'PIVOT without all of its values is not supported.',
        "Columns are known before any row is: write ON country IN ('DE', 'FR').",
        0,
      );
    return refused('Only SELECT is supported.', 'A job is one SELECT; where its rows go is said by sink.', 0);
  }
  const statements = readStatements(serialized.ast, base);
  if (statements === null)
    return refused('A number in the query is too large for a DOUBLE.', "Write 'infinity'::DOUBLE for infinity.", null);
  if (statements.length === 1) return statements[0]!.node;
  const message = statements.length === 0 ? 'The query is empty.' : `The query has ${statements.length} statements.`;
  const hint = path.startsWith('views.')
    ? 'A view is one SELECT.'
    : 'A query is one SELECT; name several under outputs.';
  return refused(message, hint, null);
}

function readStatements(ast: string, base: number): { node: SelectNode }[] | null {
  try {
    return parseAst(ast, base).statements;
  } catch {
    // DuckDB writes constants beyond DOUBLE as Infinity, which is no JSON.
    return null;
  }
}
