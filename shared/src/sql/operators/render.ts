import type { Expression } from '../ast.ts';
import { useBatchTime } from '../batch-time.ts';
import type { SqlFrontend } from '../frontend.ts';
import { identifier } from '../quote.ts';
import type { MapRelation } from '../relations/relation.ts';
import { expressionText } from '../sql-text.ts';

/** Expressions of the query as SQL text; the present moment is the batch's. */
export type Render = (expression: Expression) => Promise<string>;

export function createRender(frontend: SqlFrontend, columnNames: ReadonlySet<string>): Render {
  const known = new Map<Expression, Promise<string>>();
  return (expression) => {
    const text = known.get(expression) ?? expressionText(useBatchTime(expression, columnNames), frontend);
    known.set(expression, text);
    return text;
  };
}

/** A map as the items of SELECT and, where it filters, its WHERE clause. */
export async function mapSql(relation: MapRelation, render: Render): Promise<{ selected: string[]; where: string }> {
  const selected = await Promise.all(
    relation.items.map(async ({ name, expression }) => {
      const sql = await render(expression);
      return sql === name || sql === identifier(name) ? identifier(name) : `${sql} AS ${identifier(name)}`;
    }),
  );
  const conditions = await Promise.all(relation.conditions.map(async (one) => `(${await render(one)})`));
  return { selected, where: conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '' };
}
