import { type Expression, locationOf, type SelectNode } from '../ast.ts';
import { refuse } from './compiler-context.ts';

/** A query in an expression: `(SELECT …)`, `EXISTS (SELECT …)` or `child IN (SELECT …)`. */
export type Subquery = Expression & {
  subquery_type: string;
  subquery: { node: SelectNode };
  child: Expression | null;
  comparison_type: string;
};

export const isSubquery = (item: Expression): item is Subquery => item.class === 'SUBQUERY';

export function refuseOtherComparison(one: Subquery): void {
  if (one.comparison_type !== 'COMPARE_EQUAL')
    refuse('ANY and ALL are not supported.', 'Compare with min(…) or max(…) of the subquery.', locationOf(one));
}
