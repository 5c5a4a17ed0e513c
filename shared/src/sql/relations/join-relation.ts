import { type Expression, locationOf } from '../ast.ts';
import { closesAt, roleClosingAt, type TimeRole } from '../windows.ts';
import { castTo } from './cast-to.ts';
import { type CompilerContext, describeItems, refuse } from './compiler-context.ts';
import { allItems, commonType, filterRelation, mapRelation, refuseMoments, withColumns } from './map-relation.ts';
import { pushFilter } from './push-filter.ts';
import { columnsRead, isFixed, type JoinKey, type JoinRelation, type JoinType, type Relation } from './relation.ts';
import { closingOfSides, type TimeBounds, timeBounds } from './time-bounds.ts';

/** Joins relations whose columns have distinct names. `conditions` are those of ON. */
export async function joinRelation(
  context: CompilerContext,
  type: JoinType,
  left: Relation,
  right: Relation,
  conditions: readonly Expression[],
): Promise<JoinRelation> {
  const parts = await addKeys(context, type, { left, right, keys: [], conditions: [] }, conditions);
  return assembled(context, type, parts);
}

/** Conditions of WHERE over a join, as early as they may be judged. */
export async function addConditions(
  context: CompilerContext,
  join: JoinRelation,
  conditions: readonly Expression[],
): Promise<Relation> {
  const { type } = join;
  const sideOf = (condition: Expression) => sideRead(condition, join);
  const keepsLeft = type !== 'right' && type !== 'full';
  const keepsRight = type === 'inner' || type === 'right';
  const toLeft = conditions.filter((one) => keepsLeft && sideOf(one) === 'left');
  const toRight = conditions.filter((one) => keepsRight && sideOf(one) === 'right');
  const rest = conditions.filter((one) => !toLeft.includes(one) && !toRight.includes(one));
  const left = await pushFilter(context, join.left, toLeft);
  const right = await pushFilter(context, join.right, toRight);
  const own = type === 'inner' ? rest : [];
  const parts = await addKeys(context, type, { ...join, left, right }, own);
  const wanted = allItems(join);
  const joined = await assembled(context, type, parts);
  // Keys that had to be computed are no columns of the query.
  const same = joined.columns.length === wanted.length ? joined : await mapRelation(context, joined, wanted);
  return filterRelation(context, same, type === 'inner' ? [] : rest);
}

type Parts = Pick<JoinRelation, 'left' | 'right' | 'keys' | 'conditions'>;

function sideRead(
  condition: unknown,
  { left, right }: Pick<Parts, 'left' | 'right'>,
): 'left' | 'right' | 'both' | 'none' {
  const ofLeft = columnsRead(condition, left.columns).size > 0;
  const ofRight = columnsRead(condition, right.columns).size > 0;
  if (ofLeft && ofRight) return 'both';
  return ofLeft ? 'left' : ofRight ? 'right' : 'none';
}

/** Makes keys of equations between the sides; one-sided conditions go to their side where it does not change the answer. */
async function addKeys(
  context: CompilerContext,
  type: JoinType,
  parts: Parts,
  conditions: readonly Expression[],
): Promise<Parts> {
  let { left, right } = parts;
  const keys = [...parts.keys];
  const rest = [...parts.conditions];
  const mayFilter = {
    left: type === 'inner' || type === 'right' || type === 'semi',
    right: type !== 'right' && type !== 'full',
  };
  for (const condition of conditions.flatMap(conjuncts)) {
    const side = sideRead(condition, { left, right });
    if (side === 'left' && mayFilter.left) left = await pushFilter(context, left, [condition]);
    else if (side === 'right' && mayFilter.right) right = await pushFilter(context, right, [condition]);
    else {
      const equation = equationOf(condition, { left, right });
      if (equation === null) {
        rest.push(condition);
        continue;
      }
      const [typed, nullsMatch] = [await sameType(context, equation, { left, right }), equation.nullsMatch];
      const taken = new Set([...left.columns, ...right.columns].map(({ name }) => name.toLowerCase()));
      const l = await withColumns(context, left, [typed.left], 'join_key', taken);
      const r = await withColumns(context, right, [typed.right], 'join_key', taken);
      [left, right] = [l.relation, r.relation];
      const key = { left: l.names[0]!, right: r.names[0]!, nullsMatch };
      if (!keys.some((known) => known.left === key.left && known.right === key.right)) keys.push(key);
    }
  }
  return { left, right, keys, conditions: rest };
}

/** What is joined by AND, one by one. */
export function conjuncts(condition: Expression): Expression[] {
  if (condition.type !== 'CONJUNCTION_AND') return [condition];
  return (condition.children as unknown as Expression[]).flatMap(conjuncts);
}

export type Equation = { left: Expression; right: Expression; nullsMatch: boolean };

export function equationOf(condition: Expression, sides: Pick<Parts, 'left' | 'right'>): Equation | null {
  const nullsMatch = condition.type === 'COMPARE_NOT_DISTINCT_FROM';
  if (condition.type !== 'COMPARE_EQUAL' && !nullsMatch) return null;
  const { left, right } = condition as unknown as { left: Expression; right: Expression };
  const [first, second] = [sideRead(left, sides), sideRead(right, sides)];
  if (first === 'left' && second === 'right') return { left, right, nullsMatch };
  if (first === 'right' && second === 'left') return { left: right, right: left, nullsMatch };
  return null;
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|FLOAT|DOUBLE)$/;
const MOMENT = /^(DATE|TIMESTAMP.*)$/;

/** Equal values must have equal hashes, so both sides get the type in which DuckDB would compare them. */
export async function sameType(
  context: CompilerContext,
  { left, right }: Equation,
  sides: Pick<Parts, 'left' | 'right'>,
) {
  const typeOf = async (expression: Expression, { columns }: Relation) =>
    (await describeItems(context, columns, [{ name: 'key', expression }]))[0]!.type;
  const [l, r] = [await typeOf(left, sides.left), await typeOf(right, sides.right)];
  if (l === r) return { left, right };
  const alike = (pattern: RegExp) => pattern.test(l) && pattern.test(r);
  const common = alike(NUMBER) || alike(MOMENT) ? await commonType(context, l, r) : null;
  if (common === null) {
    refuse(
      `A join compares ${l} with ${r}.`,
      `Cast one side, for example CAST(… AS ${r}).`,
      locationOf(left) ?? locationOf(right),
    );
  }
  const asCommon = async (expression: Expression, type: string) =>
    type === common ? expression : castTo(context, expression, common!);
  return { left: await asCommon(left, l), right: await asCommon(right, r) };
}

async function assembled(context: CompilerContext, type: JoinType, parts: Parts): Promise<JoinRelation> {
  const { left, right, keys, conditions } = parts;
  if (isFixed(left) || isFixed(right)) return joinedWithTable(context, type, parts);
  const { frontend } = context;
  const bounds = await timeBounds(parts, keys, conditions, frontend);
  const ofLeft = type === 'semi' || type === 'anti';
  const roles = bounds === null ? new Map<string, TimeRole>() : rolesOfJoin(type, parts, bounds);
  const columns = (ofLeft ? left.columns : [...left.columns, ...right.columns]).map((one) => ({
    ...one,
    role: roles.get(one.name) ?? null,
  }));
  const appendOnly = (type === 'inner' || type === 'semi') && left.appendOnly && right.appendOnly;
  return { kind: 'join', type, ...parts, bounds, columns, appendOnly, key: keyOf(type, left, right, keys) };
}

/** Rows of a table are there before any other and stay, so each row of the other side meets all it ever will when it comes. */
function joinedWithTable(context: CompilerContext, type: JoinType, parts: Parts): JoinRelation {
  const { left, right, keys, conditions } = parts;
  const changing = isFixed(left) ? right : left;
  refuseMoments(context, changing, conditions);
  const columns = type === 'semi' || type === 'anti' ? left.columns : [...left.columns, ...right.columns];
  const key = keyOf(type, left, right, keys);
  return { kind: 'join', type, ...parts, bounds: null, columns, appendOnly: changing.appendOnly, key };
}

/** Times of a side by which its rows, as part of the join, can change no more. A side that may be missing says nothing. */
function rolesOfJoin(type: JoinType, parts: Parts, bounds: TimeBounds): Map<string, TimeRole> {
  const closing = closingOfSides(parts, bounds);
  const roles = new Map<string, TimeRole>();
  for (const side of ['left', 'right'] as const) {
    const { column: name, keptMicros } = closing[side];
    const isThere = type !== 'full' && (side === 'left' ? type !== 'right' : type === 'inner' || type === 'right');
    if (keptMicros === null || !isThere) continue;
    // All times of the side that are keys end with it: the other bound of a window, or the same one under another name.
    for (const one of parts[side].columns) {
      const isKey = parts.keys.some((key) => key[side] === one.name);
      if (one.name === name) roles.set(one.name, roleClosingAt(one.role!, keptMicros));
      else if (
        isKey &&
        one.role !== null &&
        closesAt(one.role) !== null &&
        bounds.lowMicros === 0 &&
        bounds.highMicros === 0
      )
        roles.set(one.name, one.role);
    }
  }
  return roles;
}

/** Of one side where the other has at most one row for each of its rows, else of both together. */
function keyOf(type: JoinType, left: Relation, right: Relation, keys: readonly JoinKey[]): string[] | null {
  if (type === 'semi' || type === 'anti') return left.key;
  const covered = (key: string[] | null, side: 'left' | 'right') =>
    key?.every((name) => keys.some((one) => one[side] === name)) ?? false;
  if (left.key && covered(right.key, 'right') && (type === 'inner' || type === 'left')) return left.key;
  if (right.key && covered(left.key, 'left') && (type === 'inner' || type === 'right')) return right.key;
  return left.key && right.key && type === 'inner' ? [...left.key, ...right.key] : null;
}
