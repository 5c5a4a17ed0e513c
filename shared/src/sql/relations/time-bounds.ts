import { type Expression, isFunction } from '../ast.ts';
import type { SqlFrontend } from '../frontend.ts';
import { signedMicros } from '../interval-size.ts';
import { closesAt, isExact } from '../windows.ts';
import { columnOf, type JoinKey, type JoinType, plainColumn, type Relation } from './relation.ts';

/**
 * How far the times of rows that match may lie apart: lowMicros ≤ left − right ≤ highMicros; null where there is no limit. Both
 * columns are times that the watermark closes.
 */
export type TimeBounds = { left: string; right: string; lowMicros: number | null; highMicros: number | null };

type Sides = { left: Relation; right: Relation };

/** What the conditions of a join say of the times of its sides; null: nothing. */
export async function timeBounds(
  sides: Sides,
  keys: readonly JoinKey[],
  conditions: readonly Expression[],
  frontend: SqlFrontend,
): Promise<TimeBounds | null> {
  const isTime = (relation: Relation, name: string) => closesAt(columnOf(relation, name)?.role ?? null) !== null;
  const times = keys.filter((one) => isTime(sides.left, one.left) && isTime(sides.right, one.right));
  const key = times.find(({ left }) => isExact(columnOf(sides.left, left).role!)) ?? times[0];
  if (key) return { left: key.left, right: key.right, lowMicros: 0, highMicros: 0 };
  let bounds: TimeBounds | null = null;
  for (const condition of conditions) {
    for (const { smaller, greater } of orderings(condition)) {
      const [a, b] = [await timeOf(smaller, frontend), await timeOf(greater, frontend)];
      if (a === null || b === null) continue;
      // a.column + a.offset ≤ b.column + b.offset
      const [ofLeft, ofRight] = [columnIn(sides.left, a.column), columnIn(sides.right, b.column)];
      const apart = b.offset - a.offset;
      const found: TimeBounds | null =
        ofLeft && ofRight
          ? { left: a.column, right: b.column, lowMicros: null, highMicros: apart }
          : columnIn(sides.left, b.column) && columnIn(sides.right, a.column)
            ? { left: b.column, right: a.column, lowMicros: -apart, highMicros: null }
            : null;
      if (found === null || !isTime(sides.left, found.left) || !isTime(sides.right, found.right)) continue;
      if (bounds === null) bounds = found;
      else if (bounds.left === found.left && bounds.right === found.right) bounds = narrower(bounds, found);
    }
  }
  return bounds;
}

const columnIn = ({ columns }: Relation, name: string): boolean => columns.some((column) => column.name === name);

function narrower(a: TimeBounds, b: TimeBounds): TimeBounds {
  const tightest = (x: number | null, y: number | null, choose: (...values: number[]) => number) =>
    x === null ? y : y === null ? x : choose(x, y);
  return {
    ...a,
    lowMicros: tightest(a.lowMicros, b.lowMicros, Math.max),
    highMicros: tightest(a.highMicros, b.highMicros, Math.min),
  };
}

/** Pairs of which one is at most the other. Bounds need not be tight: `<` counts as `<=`. */
function orderings(condition: Expression): { smaller: Expression; greater: Expression }[] {
  const { left, right, input, lower, upper } = condition as unknown as Record<string, Expression>;
  switch (condition.type) {
    case 'COMPARE_LESSTHAN':
    case 'COMPARE_LESSTHANOREQUALTO':
      return [{ smaller: left!, greater: right! }];
    case 'COMPARE_GREATERTHAN':
    case 'COMPARE_GREATERTHANOREQUALTO':
      return [{ smaller: right!, greater: left! }];
    case 'COMPARE_EQUAL':
      return [
        { smaller: left!, greater: right! },
        { smaller: right!, greater: left! },
      ];
    case 'COMPARE_BETWEEN':
      return [
        { smaller: lower!, greater: input! },
        { smaller: input!, greater: upper! },
      ];
    default:
      return [];
  }
}

/** A column, plus or minus a constant interval. */
async function timeOf(
  expression: Expression,
  frontend: SqlFrontend,
): Promise<{ column: string; offset: number } | null> {
  const plain = plainColumn(expression);
  if (plain !== null) return { column: plain, offset: 0 };
  if (!isFunction(expression) || !/^[+-]$/.test(expression.function_name) || expression.children.length !== 2)
    return null;
  const [first, second] = expression.children as [Expression, Expression];
  const column = plainColumn(first);
  const micros = column === null ? null : await signedMicros(second, frontend);
  if (column === null || micros === null) return null;
  return { column, offset: expression.function_name === '-' ? -micros : micros };
}

/** When the watermark ends rows of the sides, in µs after their times: as input, and as rows that may find a match; null: never. */
export function closingOfSides({ left, right }: Sides, bounds: TimeBounds) {
  const [ofLeft, ofRight] = [
    closesAt(columnOf(left, bounds.left).role)!,
    closesAt(columnOf(right, bounds.right).role)!,
  ];
  const { lowMicros, highMicros } = bounds;
  return {
    left: {
      column: bounds.left,
      lateMicros: ofLeft,
      keptMicros: lowMicros === null ? null : Math.max(ofLeft, ofRight - lowMicros),
    },
    right: {
      column: bounds.right,
      lateMicros: ofRight,
      keptMicros: highMicros === null ? null : Math.max(ofRight, ofLeft + highMicros),
    },
  };
}

/**
 * How long rows are kept, in µs after their times; null: for ever. Where a row of one side is shown by whether it has a match, its
 * matches stay as long as it may find another: else that one would seem to be its first.
 */
export function keptOfSides(type: JoinType, sides: Sides, bounds: TimeBounds): Record<'left' | 'right', number | null> {
  const { left, right } = closingOfSides(sides, bounds);
  const { lowMicros, highMicros } = bounds;
  const longer = (own: number | null, other: number | null, apart: number | null) =>
    own === null || other === null || apart === null ? null : Math.max(own, other + apart);
  const [ofLeft, ofRight] = [left.keptMicros, right.keptMicros];
  const tellsLeft = type !== 'inner' && type !== 'right';
  const tellsRight = type === 'right' || type === 'full';
  return {
    left: tellsRight ? longer(ofLeft, ofRight, lowMicros === null ? null : -lowMicros) : ofLeft,
    right: tellsLeft ? longer(ofRight, ofLeft, highMicros) : ofRight,
  };
}
