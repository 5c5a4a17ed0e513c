import type { TableSpec } from '../../spec/job-spec.ts';
import {
  type BaseTable,
  type Expression,
  isBaseTable,
  isJoin,
  isSubquery,
  type JoinRef,
  locationOf,
  type SubqueryRef,
  type TableRef,
} from '../ast.ts';
import { call, caseOf, cast, coalesce, column, nullValue, text } from '../ast-build.ts';
import { type Lateral, lateralUnnest } from '../lateral-unnest.ts';
import { isWindow } from '../resolve-relations.ts';
import { offerOf } from '../source-columns.ts';
import { asofRelation } from './asof-relation.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { conjuncts, joinRelation } from './join-relation.ts';
import { allItems, mapRelation } from './map-relation.ts';
import { queryRelation } from './query-relation.ts';
import {
  freeName,
  type Item,
  type JoinType,
  type Relation,
  type SourceRelation,
  type TableRelation,
} from './relation.ts';
import { createResolver, meaningOf, type Scope, type ScopeTable } from './scope.ts';
import { windowRelation } from './window-relation.ts';

/** A FROM clause: its relation, and what names mean over it. */
export type From = { relation: Relation; scope: Scope };

export async function fromRelation(context: CompilerContext, ref: TableRef): Promise<From> {
  if (isBaseTable(ref)) return sourceFrom(context, ref);
  if (isSubquery(ref)) return subqueryFrom(context, ref);
  if (isJoin(ref)) return joinFrom(context, ref);
  if (isWindow(ref)) return windowRelation(context, ref);
  return refuse(`${ref.type} is not supported in FROM.`, 'Read from a source.', locationOf(ref));
}

function sourceFrom(context: CompilerContext, ref: BaseTable): From {
  const name = ref.table_name.toLowerCase();
  const declared = context.spec.tables.find((one) => one.name.toLowerCase() === name);
  if (declared) return tableFrom(declared, ref);
  const spec = context.spec.sources.find((source) => source.name.toLowerCase() === name)!;
  const relation = context.sources.get(name) ?? sourceRelation(context, name);
  const { starCoversMetadata, metadata } = offerOf(spec);
  const hidden = new Set(starCoversMetadata ? [] : metadata.map((one) => one.name));
  const columns = relation.columns.map((one) => ({ name: one.name, column: one.name, starred: !hidden.has(one.name) }));
  return withAlias({ relation, scope: oneTable(ref.alias || ref.table_name, columns) }, ref.column_name_alias);
}

function tableFrom(table: TableSpec, ref: BaseTable): From {
  const typed = table.columns.map(({ name, type }) => ({ name, type, role: null }));
  const relation: TableRelation = { kind: 'table', table, columns: typed, appendOnly: true, key: table.key ?? null };
  const columns = typed.map(({ name }) => ({ name, column: name, starred: true }));
  return withAlias({ relation, scope: oneTable(ref.alias || ref.table_name, columns) }, ref.column_name_alias);
}

function sourceRelation({ spec, sources }: CompilerContext, name: string): SourceRelation {
  const source = spec.sources.find((one) => one.name.toLowerCase() === name)!;
  const { columns, metadata } = offerOf(source);
  const time = source.watermark?.column.toLowerCase();
  const typed = [...columns, ...metadata].map((one) => ({
    name: one.name,
    type: one.type,
    role: one.name.toLowerCase() === time ? ({ kind: 'eventTime' } as const) : null,
  }));
  const relation: SourceRelation = { kind: 'source', source, columns: typed, appendOnly: true, key: null };
  sources.set(name, relation);
  return relation;
}

const oneTable = (alias: string, columns: ScopeTable['columns']): Scope => ({
  tables: [{ alias, columns }],
  merged: new Map(),
});

/** `AS t(a, b)`: the first columns get these names. */
function withAlias(from: From, names: readonly string[] | undefined): From {
  const [table] = from.scope.tables;
  if (!names?.length || !table) return from;
  const columns = table.columns
    .filter(({ starred }) => starred)
    .map((one, index) => ({ ...one, name: names[index] ?? one.name }));
  return { ...from, scope: oneTable(table.alias, columns) };
}

async function subqueryFrom(context: CompilerContext, ref: SubqueryRef): Promise<From> {
  const { relation, names } = await queryRelation(context, ref.subquery.node);
  const columns = relation.columns.map((one, index) => ({ name: names[index]!, column: one.name, starred: true }));
  return withAlias({ relation, scope: oneTable(ref.alias || 'unnamed_subquery', columns) }, ref.column_name_alias);
}

async function joinFrom(context: CompilerContext, ref: JoinRef): Promise<From> {
  const left = await fromRelation(context, ref.left);
  const lateral = lateralUnnest(ref.right);
  if (lateral !== null) return unnestFrom(context, left, ref, lateral);
  const right = await apart(context, left, await fromRelation(context, ref.right));
  const isAsof = ref.ref_type === 'ASOF';
  const type = joinType(ref);
  const using = usingColumns(ref, left.scope, right.scope);
  const scope = joinedScope(type, left.scope, right.scope, using);
  const conditions = using.map((name) => equal(meaning(name, left.scope), meaning(name, right.scope)));
  if (ref.condition) {
    const whole = { tables: [...left.scope.tables, ...right.scope.tables], merged: new Map([...left.scope.merged]) };
    const resolver = createResolver([], whole, ref.condition);
    conditions.push(...conjuncts(ref.condition as never).map(resolver.resolve));
  }
  refuseSubqueries(conditions);
  const sides = { left: left.relation, right: right.relation };
  const relation = isAsof
    ? await asofRelation(context, type === 'left' ? 'left' : 'inner', sides, conditions)
    : await joinRelation(context, type, sides.left, sides.right, conditions);
  return { relation, scope };
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

/** The right side under names that the left one has not. */
async function apart(context: CompilerContext, left: From, right: From): Promise<From> {
  const taken = new Set(left.relation.columns.map(({ name }) => name.toLowerCase()));
  const renamed = new Map(right.relation.columns.map(({ name }) => [name, freeName(name, taken)] as const));
  if ([...renamed].every(([from, to]) => from === to)) return right;
  const items: Item[] = [...renamed].map(([from, name]) => ({ name, expression: column(from) }));
  const relation = await mapRelation(context, right.relation, items);
  const tables = right.scope.tables.map(({ alias, columns }) => ({
    alias,
    columns: columns.map((one) => ({ ...one, column: renamed.get(one.column)! })),
  }));
  const merged = [...right.scope.merged.keys()].map(
    (name) => [name, meaningOf(column(name), { tables, merged: new Map() })!] as const,
  );
  return { relation, scope: { tables, merged: new Map(merged) } };
}

const starredNames = ({ tables }: Scope): string[] =>
  tables.flatMap(({ columns }) => columns.filter(({ starred }) => starred).map(({ name }) => name));

function usingColumns(ref: JoinRef, left: Scope, right: Scope): string[] {
  if (ref.ref_type !== 'NATURAL') return (ref.using_columns ?? []) as string[];
  const known = new Set(starredNames(left).map((name) => name.toLowerCase()));
  return starredNames(right).filter((name) => known.has(name.toLowerCase()));
}

const meaning = (name: string, scope: Scope): Expression => meaningOf(column(name), scope)!;

const equal = (left: Expression, right: Expression): Expression =>
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

async function unnestFrom(context: CompilerContext, left: From, ref: JoinRef, lateral: Lateral): Promise<From> {
  const { resolve } = createResolver([], left.scope, lateral.calls);
  const taken = new Set(left.relation.columns.map(({ name }) => name.toLowerCase()));
  const keepsEmpty = ref.ref_type === 'REGULAR' && ref.join_type === 'LEFT';
  const made = lateral.calls.map((one, index) => {
    const name = lateral.names[index] ?? 'unnest';
    return { name, item: { name: freeName(name, taken), expression: unnestOf(resolve(one), keepsEmpty) } };
  });
  const items = [...allItems(left.relation), ...made.map(({ item }) => item)];
  const relation = await mapRelation(context, left.relation, items);
  const columns = made.map(({ name, item }) => ({ name, column: item.name, starred: true }));
  const scope = { tables: [...left.scope.tables, { alias: lateral.alias, columns }], merged: left.scope.merged };
  return { relation, scope };
}

/** LEFT JOIN keeps a row whose list is empty. */
function unnestOf(expression: Expression, keepsEmpty: boolean): Expression {
  const unnested = { ...expression, alias: '' } as Expression & { children: Expression[] };
  if (!keepsEmpty) return unnested;
  const [list] = unnested.children as [Expression];
  const isEmpty = equal(coalesce(call('len', list), zero), zero);
  const either = caseOf([{ when: isEmpty, value: call('list_value', nullValue()) }], list);
  return call('unnest', either);
}

const zero = cast(text('0'), 'INTEGER');
