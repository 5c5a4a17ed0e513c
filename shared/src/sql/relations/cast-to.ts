import { type Expression, parseAst } from '../ast.ts';
import type { CompilerContext } from './compiler-context.ts';

/** `expression` cast to a type as DuckDB prints it. How a type looks in a syntax tree only DuckDB's parser knows. */
export async function castTo(
  { frontend }: Pick<CompilerContext, 'frontend'>,
  expression: Expression,
  type: string,
): Promise<Expression> {
  const serialized = await frontend.serialize(`SELECT CAST(NULL AS ${type})`);
  if (!serialized.ok) throw new Error(`no cast to ${type}: ${serialized.error.message}`);
  const [item] = parseAst(serialized.ast).statements[0]!.node.select_list as [Expression];
  return { ...item, child: expression } as unknown as Expression;
}
