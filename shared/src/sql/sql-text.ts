import { MillraceError } from '../errors/index.ts';
import { type Expression, NO_PLACE, parseAst, printAst, type SelectNode, type TableRef } from './ast.ts';
import { noTable, select, star } from './ast-build.ts';
import type { SqlFrontend } from './frontend.ts';

/** Text of a whole SELECT. */
export const selectText = (node: SelectNode, frontend: SqlFrontend): Promise<string> =>
  frontend.deserialize(printAst(node));

/** Text of one expression, without its alias. */
export async function expressionText(expression: Expression, frontend: SqlFrontend): Promise<string> {
  return after('SELECT ', await selectText(select([{ ...expression, alias: '' }], noTable()), frontend));
}

/** Expressions of our own making, without places. */
export async function parseExpressions(sqls: readonly string[], frontend: SqlFrontend): Promise<Expression[]> {
  const parsed = await frontend.serialize(`SELECT ${sqls.join(', ')}`);
  if (!parsed.ok) throw new MillraceError('INTERNAL', `Expressions that do not parse: ${parsed.error.message}`);
  const placeless = parsed.ast.replaceAll(/"query_location":\d+/g, `"query_location":${NO_PLACE}`);
  return parseAst(placeless).statements[0]!.node.select_list;
}

/** Text of `from WHERE …`, as it stands behind FROM. */
export async function fromText(from: TableRef, where: Expression | null, frontend: SqlFrontend): Promise<string> {
  return after('SELECT * FROM ', await selectText(select([star()], from, where), frontend));
}

function after(prefix: string, text: string): string {
  if (!text.startsWith(prefix)) throw new MillraceError('INTERNAL', `Expected text after "${prefix}", found: ${text}`);
  return text.slice(prefix.length);
}
