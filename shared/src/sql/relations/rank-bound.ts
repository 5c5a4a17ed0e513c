import { type Expression, isColumnRef } from '../ast.ts';
import { plainColumn, type RecomputeRelation } from './relation.ts';

const RANKS = /^(row_number|rank|dense_rank)$/;

/** `rank <= 10` and the like, of the only window of a relation: in rows that only grow more, a rank never gets better. */
export function isRankBound(condition: Expression, { items }: Pick<RecomputeRelation, 'items'>): boolean {
  const windows = items.filter(({ expression }) => !isColumnRef(expression));
  if (windows.length !== 1 || condition.class !== 'COMPARISON') return false;
  const [rank] = windows as [(typeof windows)[number]];
  if (rank.expression.class !== 'WINDOW' || !RANKS.test(String(rank.expression.function_name))) return false;
  const { left, right, type } = condition as unknown as { left: Expression; right: Expression; type: string };
  const [name, bound, comparison] =
    plainColumn(left) === rank.name ? [left, right, type] : [right, left, TURNED[type] ?? ''];
  if (plainColumn(name) !== rank.name || bound.class !== 'CONSTANT') return false;
  const { value } = (bound.value ?? {}) as { value?: unknown };
  return (
    comparison === 'COMPARE_LESSTHAN' ||
    comparison === 'COMPARE_LESSTHANOREQUALTO' ||
    (comparison === 'COMPARE_EQUAL' && value === 1)
  );
}

/** Of the first row of each key the key tells it, of the first rows the key and the number. */
export function keyOfRanked(
  { keys, items }: Pick<RecomputeRelation, 'keys' | 'items'>,
  bounds: readonly Expression[],
): string[] | null {
  const rank = items.find(({ expression }) => expression.class === 'WINDOW');
  if (bounds.length === 0 || rank?.expression.function_name !== 'row_number') return null;
  const partitions = (rank.expression.partitions as unknown as unknown[]).length;
  if (partitions !== keys.length) return null;
  const isFirst = bounds.some((bound) => {
    const constant = [bound.left, bound.right].find((side) => (side as unknown as Expression).class === 'CONSTANT');
    const { value } = (constant as unknown as { value?: { value?: unknown } }).value ?? {};
    return value === 1 && bound.type !== 'COMPARE_LESSTHAN' && bound.type !== 'COMPARE_GREATERTHAN';
  });
  return isFirst ? keys : [...keys, rank.name];
}

const TURNED: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: 'COMPARE_EQUAL',
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO',
};
