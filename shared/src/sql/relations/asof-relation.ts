import { type Expression, locationOf } from '../ast.ts';
import { call, caseOf, cast, column, isNotNull, isNull, not, nullValue, over, text } from '../ast-build.ts';
import { castTo } from './cast-to.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { conjuncts } from './join-relation.ts';
import { filterRelation, mapRelation } from './map-relation.ts';
import { windowed } from './over-relation.ts';
import { columnsRead, freeName, type Item, type Relation } from './relation.ts';

type Sides = { left: Relation; right: Relation };

/**
 * ASOF: each row of the left side with the row of the right one that comes before it, or after it, and closest. Rows of both sides of a key
 * are put in order; the newest row of the right side so far is what a row of the left one meets.
 */
export async function asofRelation(
  context: CompilerContext,
  type: 'inner' | 'left',
  { left, right }: Sides,
  conditions: readonly Expression[],
): Promise<Relation> {
  const parts = conditions.flatMap(conjuncts);
  const equations = parts
    .filter(({ type: comparison }) => comparison === 'COMPARE_EQUAL')
    .map((one) => sidesOf(one, { left, right }));
  const [order, ...more] = parts.filter(({ type: comparison }) => comparison in TURNED);
  if (order === undefined || more.length > 0 || equations.length + 1 !== parts.length)
    return refuse(
      'ASOF JOIN needs equations and one comparison by time.',
      'For example ON a.key = b.key AND a.ts >= b.ts.',
      locationOf(conditions),
    );
  const times = sidesOf(order, { left, right });
  const comparison = times.turned ? TURNED[order.type]! : order.type;
  const isBefore = /GREATER/.test(comparison);
  const isEqualToo = /EQUALTO$/.test(comparison);
  const taken = new Set([...left.columns, ...right.columns].map(({ name }) => name.toLowerCase()));
  const names = {
    keys: equations.map(() => freeName('match_key', taken)),
    time: freeName('match_time', taken),
    isLeft: freeName('of_left', taken),
  };
  const rowsOf = async (of: 'left' | 'right'): Promise<Relation> => {
    const side = of === 'left' ? left : right;
    const keys = equations.map((equation, index) => ({ name: names.keys[index]!, expression: equation[of] }));
    const columns = [...left.columns, ...right.columns].map(async ({ name, type: columnType }) => {
      const isOwn = side.columns.some((one) => one.name === name);
      return { name, expression: isOwn ? column(name) : await castTo(context, nullValue(), columnType) };
    });
    const items: Item[] = [
      ...keys,
      { name: names.time, expression: times[of] },
      { name: names.isLeft, expression: cast(text(String(of === 'left')), 'BOOLEAN') },
      ...(await Promise.all(columns)),
    ];
    const known = [...keys.map(({ expression }) => expression), times[of]].map(isNotNull);
    // A row that can meet nothing stays where it has to be shown alone.
    return mapRelation(context, side, items, of === 'left' && type === 'left' ? [] : known);
  };
  const inputs = [await rowsOf('left'), await rowsOf('right')];
  const [first] = inputs as [Relation];
  const union: Relation = {
    ...{ kind: 'union', inputs, columns: first.columns.map((one) => ({ ...one, role: null })) },
    ...{ appendOnly: left.appendOnly && right.appendOnly, key: null },
  };
  const ordered = {
    type: isBefore ? 'ASCENDING' : 'DESCENDING',
    null_order: 'NULLS LAST',
    expression: column(names.time),
  };
  // Of rows at one time those of the right side come first where they count.
  const leftLast = {
    type: isEqualToo ? 'ASCENDING' : 'DESCENDING',
    null_order: 'NULLS LAST',
    expression: column(names.isLeft),
  };
  /** Of the newest row of the right side; in a list, so that a NULL of it is told from a row of the left one. */
  const newest = (value: Expression): Expression => {
    const ofRight = caseOf([{ when: not(column(names.isLeft)), value: call('list_value', value) }], nullValue());
    const partition = names.keys.map((name) => column(name));
    const window = over('last_value', [ofRight], { partition, order: [ordered, leftLast] });
    return { ...window, ignore_nulls: true, end: 'CURRENT_ROW_ROWS' } as Expression;
  };
  const met = right.columns.map(({ name }) => ({ name, found: freeName(`met_${name}`, taken) }));
  const isMet = freeName('is_met', taken);
  const matched = await windowed(context, union, names.keys, [
    ...met.map(({ name, found }) => ({ name: found, expression: newest(column(name)) })),
    { name: isMet, expression: newest(column(names.isLeft)) },
  ]);
  const wanted = [column(names.isLeft), ...(type === 'inner' ? [isNotNull(column(isMet))] : [])];
  const rows = await filterRelation(context, matched, wanted);
  // Times that are not known meet nothing.
  const unmet = isNull(column(names.time));
  const value = (found: string): Expression => call('list_extract', column(found), cast(text('1'), 'BIGINT'));
  return mapRelation(context, rows, [
    ...left.columns.map(({ name }) => ({ name, expression: column(name) })),
    ...met.map(({ name, found }) => ({
      name,
      expression: caseOf([{ when: unmet, value: nullValue() }], value(found)),
    })),
  ]);
}

/** Comparisons, and what they are with their sides exchanged. */
const TURNED: Readonly<Record<string, string>> = {
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO',
  COMPARE_LESSTHAN: 'COMPARE_GREATERTHAN',
  COMPARE_LESSTHANOREQUALTO: 'COMPARE_GREATERTHANOREQUALTO',
};

function sidesOf(
  condition: Expression,
  { left, right }: Sides,
): { left: Expression; right: Expression; turned: boolean } {
  const { left: first, right: second } = condition as unknown as { left: Expression; right: Expression };
  const reads = (tree: Expression, side: Relation) => columnsRead(tree, side.columns).size > 0;
  if (reads(first, left) && reads(second, right)) return { left: first, right: second, turned: false };
  if (reads(first, right) && reads(second, left)) return { left: second, right: first, turned: true };
  return refuse(
    'A condition of ASOF JOIN must compare the two sides.',
    'Put other conditions into WHERE.',
    locationOf(condition),
  );
}
