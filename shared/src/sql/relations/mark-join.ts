// EXISTS and IN where they are no conditions by themselves, as marks: a left join with the distinct values that a row is looked for
// among finds a mark or nothing.

import { type Expression, locationOf } from '../ast.ts';
import { caseOf, cast, column, greater, isNotNull, isNull, not, nullValue, or, text } from '../ast-build.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { distinctRelation } from './distinct-relation.ts';
import { expandList } from './expand-list.ts';
import { isGrouped } from './group-relation.ts';
import { joinRelation } from './join-relation.ts';
import type { From } from './join-scope.ts';
import { mapRelation } from './map-relation.ts';
import { queryRelation } from './query-relation.ts';
import { freeName, type Relation } from './relation.ts';
import { createResolver } from './scope.ts';
import { refuseOtherComparison, type Subquery } from './subquery.ts';
import { equationOf, hiddenColumn, innerRows, withHidden } from './subquery-conditions.ts';

type Inner = {
  relation: Relation;
  /** What must be equal for a row of it to count: over it, and over the relation around it. */
  equations: { inner: Expression; outer: Expression }[];
  /** Of IN, over the relation. */
  value: Expression | null;
};

const TRUE = cast(text('true'), 'BOOLEAN');
const FALSE = cast(text('false'), 'BOOLEAN');

/** `from` with the marks of a subquery, and what the subquery is over them. `onlyTrue`: false may stand for NULL. */
export async function joinMark(
  context: CompilerContext,
  from: From,
  subquery: Subquery,
  onlyTrue: boolean,
): Promise<{ from: From; value: Expression }> {
  const isIn = subquery.subquery_type === 'ANY';
  const inner = await innerOf(context, from, subquery, isIn);
  if (!isIn) {
    const exists = await marked(context, from, inner, {});
    return { from: exists.from, value: isNotNull(exists.mark) };
  }
  refuseOtherComparison(subquery);
  const value = inner.value!;
  const looked = createResolver([], from.scope, subquery.child).resolve(subquery.child!);
  const match = await marked(context, from, inner, { also: { inner: value, outer: looked } });
  if (onlyTrue) return { from: match.from, value: isNotNull(match.mark) };
  // Rows were counted as late by the first of these.
  const unknown = await marked(context, match.from, inner, { where: isNull(value), countsLate: false });
  const any = await marked(context, unknown.from, inner, { countsLate: false });
  const isUnknown = or(isNull(subquery.child!), isNotNull(unknown.mark));
  const answer = caseOf(
    [
      { when: isNotNull(match.mark), value: TRUE },
      { when: not(isNotNull(any.mark)), value: FALSE },
      { when: isUnknown, value: cast(nullValue(), 'BOOLEAN') },
    ],
    FALSE,
  );
  return { from: any.from, value: answer };
}

async function innerOf(context: CompilerContext, from: From, subquery: Subquery, isIn: boolean): Promise<Inner> {
  const { node } = subquery.subquery;
  const several = (): never =>
    refuse(
      'IN with several columns is only supported as a condition of WHERE, joined by AND.',
      'Write EXISTS (SELECT 1 FROM … WHERE …) with an equation for each.',
      locationOf(subquery),
    );
  const isPlain =
    node.type === 'SELECT_NODE' && !isGrouped(context, node) && node.modifiers.length === 0 && !node.qualify;
  if (!isPlain) {
    const { relation } = await queryRelation(context, node);
    if (isIn && relation.columns.length > 1) several();
    return { relation, equations: [], value: isIn ? column(relation.columns[0]!.name) : null };
  }
  const { rows, shared } = await innerRows(context, from.scope, node);
  const { list } = createResolver(await expandList(context, node.select_list, rows), rows.scope, node);
  if (isIn && list.length > 1) several();
  return {
    relation: rows.relation,
    equations: shared.map(equationOf),
    value: isIn ? { ...list[0]!, alias: '' } : null,
  };
}

/** Marks of the rows that have one among the inner rows which is equal where the equations say, and `also`. */
async function marked(
  context: CompilerContext,
  from: From,
  { relation, equations }: Inner,
  more: { also?: Inner['equations'][number]; where?: Expression; countsLate?: boolean },
): Promise<{ from: From; mark: Expression }> {
  const taken = new Set(from.relation.columns.map(({ name }) => name.toLowerCase()));
  const all = [...equations, ...(more.also ? [more.also] : [])];
  const keys = all.map(({ inner }) => ({ name: freeName('mark_key', taken), expression: inner }));
  const mark = freeName('mark', taken);
  const conditions = [...(more.where ? [more.where] : []), ...keys.map(({ expression }) => isNotNull(expression))];
  const items = [...keys, { name: mark, expression: TRUE }];
  const rows = await mapRelation(context, relation, items, conditions);
  const found = await distinctRelation(context, rows, more.countsLate);
  const on = all.map(({ outer }, index) => greater(outer, column(keys[index]!.name), 'COMPARE_EQUAL'));
  const joined = await joinRelation(context, 'left', from.relation, found, on);
  const scope = withHidden(from.scope, [mark]);
  return { from: { relation: joined, scope }, mark: hiddenColumn(scope, [mark]) };
}
