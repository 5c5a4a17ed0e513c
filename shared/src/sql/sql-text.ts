import { MillraceError } from '../errors/index.ts';
import { type Expression, printAst, type SelectNode, type TableRef } from './ast.ts';
import { noTable, select, star } from './ast-build.ts';
import type { SqlFrontend } from './frontend.ts';

/** Text of a whole SELECT. */
export const selectText = (node: SelectNode, frontend: SqlFrontend): Promise<string> =>
  frontend.deserialize(printAst(node));

/** Text of one expression, without its alias. */
export async function expressionText(expression: Expression, frontend: SqlFrontend): Promise<string> {
  return after('SELECT ', await selectText(select([{ ...expression, alias: '' }], noTable()), frontend));
}

/** Text of `from WHERE …`, as it stands behind FROM. */
export async function fromText(from: TableRef, where: Expression | null, frontend: SqlFrontend): Promise<string> {
  return after('SELECT * FROM ', await selectText(select([star()], from, where), frontend));
}

function after(prefix: string, text: string): string {
  if (!text.startsWith(prefix)) throw new MillraceError('INTERNAL', `Expected text after "${prefix}", found: ${text}`);
  return text.slice(prefix.length);
}
