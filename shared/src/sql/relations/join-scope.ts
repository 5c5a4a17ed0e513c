// What names mean over a join.

import { type Expression, type JoinRef, locationOf } from '../ast.ts';
import { coalesce, column } from '../ast-build.ts';
import { refuse } from './compiler-context.ts';
import { conjuncts } from './join-relation.ts';
import { freeName, type JoinType, type Relation } from './relation.ts';
import { createResolver, meaningOf, type Scope } from './scope.ts';

/** A FROM clause: its relation, and what names mean over it. */
export type From = { relation: Relation; scope: Scope };

/** How two sides are joined: by these conditions, each without AND. */
export function joinedOn(
  ref: JoinRef,
  left: Scope,
  right: Scope,
): { type: JoinType; scope: Scope; conditions: Expression[] } {
  const type = joinType(ref);
  const using = usingColumns(ref, left, right);
  const scope = joinedScope(type, left, right, using);
  const conditions = using.map((name) => equal(meaning(name, left), meaning(name, right)));
  if (ref.condition) {
    const whole = { tables: [...left.tables, ...right.tables], merged: new Map([...left.merged]) };
    const resolver = createResolver([], whole, ref.condition);
    conditions.push(...conjuncts(ref.condition as never).map(resolver.resolve));
  }
  refuseSubqueries(conditions);
  return { type, scope, conditions };
}

function refuseSubqueries(conditions: readonly Expression[]): void {
  const found = JSON.stringify(conditions).includes('"class":"SUBQUERY"');
  if (found) refuse('A subquery in ON is not supported.', 'Join the subquery itself.', locationOf(conditions));
}

function joinType(ref: JoinRef): JoinType {
  const { ref_type, join_type } = ref;
  if (ref_type === 'CROSS') return 'inner';
  const known: Readonly<Record<string, JoinType>> = {
    INNER: 'inner',
    LEFT: 'left',
    RIGHT: 'right',
    OUTER: 'full',
    FULL: 'full',
    SEMI: 'semi',
    ANTI: 'anti',
  };
  const type = known[join_type];
  const asof = ref_type === 'ASOF' && (type === 'inner' || type === 'left');
  if (type === undefined || !(asof || ref_type === 'REGULAR' || ref_type === 'NATURAL')) {
    return refuse(`${ref_type} JOIN is not supported yet.`, 'Join with ON.', locationOf(ref.right));
  }
  return type;
}

const starredNames = ({ tables }: Scope): string[] =>
  tables.flatMap(({ columns }) => columns.filter(({ starred }) => starred).map(({ name }) => name));

function usingColumns(ref: JoinRef, left: Scope, right: Scope): string[] {
  if (ref.ref_type !== 'NATURAL') return (ref.using_columns ?? []) as string[];
  const known = new Set(starredNames(left).map((name) => name.toLowerCase()));
  return starredNames(right).filter((name) => known.has(name.toLowerCase()));
}

const meaning = (name: string, scope: Scope): Expression => meaningOf(column(name), scope)!;

export const equal = (left: Expression, right: Expression): Expression =>
  ({ class: 'COMPARISON', type: 'COMPARE_EQUAL', alias: '', left, right }) as unknown as Expression;

/** A USING column is the left side's, the right side's where only that is sure to be there, or whichever is. */
function joinedScope(type: JoinType, left: Scope, right: Scope, using: readonly string[]): Scope {
  if (type === 'semi' || type === 'anti') return left;
  const merged = new Map<string, Expression>([...left.merged, ...right.merged]);
  for (const name of using) {
    const [l, r] = [meaning(name, left), meaning(name, right)];
    merged.set(name.toLowerCase(), type === 'full' ? coalesce(l, r) : type === 'right' ? r : l);
  }
  return { tables: [...left.tables, ...right.tables], merged };
}

/** The names of the right side that the left one does not have: column → name. */
export function namesApart(left: Relation, right: Pick<Relation, 'columns'>): Map<string, string> {
  const taken = new Set(left.columns.map(({ name }) => name.toLowerCase()));
  return new Map(right.columns.map(({ name }) => [name, freeName(name, taken)]));
}

/** The same scope over columns under other names. */
export function renamedScope({ tables: before, merged: known }: Scope, renamed: ReadonlyMap<string, string>): Scope {
  const tables = before.map(({ alias, columns }) => ({
    alias,
    columns: columns.map((one) => ({ ...one, column: renamed.get(one.column)! })),
  }));
  const merged = [...known.keys()].map(
    (name) => [name, meaningOf(column(name), { tables, merged: new Map() })!] as const,
  );
  return { tables, merged: new Map(merged) };
}
