import type { Expression } from '../ast.ts';
import { useBatchTime } from '../batch-time.ts';
import type { SqlFrontend } from '../frontend.ts';
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
