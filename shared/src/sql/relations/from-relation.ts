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
import { call, caseOf, cast, coalesce, column, nullValue, select, star, text } from '../ast-build.ts';
import { findMoment } from '../batch-time.ts';
import { type Lateral, lateralUnnest } from '../lateral-unnest.ts';
import { isWindow } from '../resolve-relations.ts';
import { offerOf } from '../source-columns.ts';
import { asofRelation } from './asof-relation.ts';
import { type CompilerContext, describeQuery, refuse, withoutRoles } from './compiler-context.ts';
import { joinRelation } from './join-relation.ts';
import { equal, type From, joinedOn, namesApart, renamedScope } from './join-scope.ts';
import { allItems, mapRelation } from './map-relation.ts';
import { queryRelation } from './query-relation.ts';
import { freeName, type Item, type SourceRelation, type TableRelation, type ValuesRelation } from './relation.ts';
import { createResolver, type Scope, type ScopeTable } from './scope.ts';
import { temporalFrom } from './temporal-relation.ts';
import { windowRelation } from './window-relation.ts';

export async function fromRelation(context: CompilerContext, ref: TableRef): Promise<From> {
  if (isBaseTable(ref)) return sourceFrom(context, ref);
  if (isSubquery(ref)) return subqueryFrom(context, ref);
  if (isJoin(ref)) return joinFrom(context, ref);
  if (isWindow(ref)) return windowRelation(context, ref);
  if (ref.type === 'EXPRESSION_LIST' || ref.type === 'EMPTY') return valuesFrom(context, ref);
  return refuse(`${ref.type} is not supported in FROM.`, 'Read from a source.', locationOf(ref));
}

function sourceFrom(context: CompilerContext, ref: BaseTable): From {
  const name = ref.table_name.toLowerCase();
  if (ref.at_clause)
    refuse('AT (TIMESTAMP => …) is supported only on the right side of JOIN.', AT_HINT, locationOf(ref));
  const declared = context.spec.tables.find((one) => one.name.toLowerCase() === name);
  if (declared) return tableFrom(declared, ref);
  const relation = context.sources.get(name) ?? sourceRelation(context, name);
  context.sources.set(name, relation);
  return scoped(relation, ref);
}

const AT_HINT = 'Write FROM orders o JOIN rates r AT (TIMESTAMP => o.ts) ON r.currency = o.currency.';

/** All rows that a source of changes has had, for those of another relation to meet as of their time. */
function versionsFrom(context: CompilerContext, ref: BaseTable): From {
  const name = ref.table_name.toLowerCase();
  const known = context.sources.get(`${name} versions`);
  if (known) return scoped(known, ref);
  const source = context.spec.sources.find((one) => one.name.toLowerCase() === name)!;
  if (!source.changes?.key || !source.watermark)
    refuse(
      `${source.name} has no versions to be read as of a time.`,
      'It needs changes (debezium or upsert), the key of its rows and a watermark: the time from which on a version counts.',
      locationOf(ref),
    );
  const versions: SourceRelation = { ...sourceRelation(context, name), versions: true, appendOnly: true };
  context.sources.set(`${name} versions`, versions);
  return scoped(versions, ref);
}

function scoped(relation: SourceRelation, ref: BaseTable): From {
  const { starCoversMetadata, metadata } = offerOf(relation.source);
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

/** VALUES, or the one row that a SELECT without FROM reads. */
async function valuesFrom(context: CompilerContext, ref: TableRef): Promise<From> {
  const moment = findMoment(ref, context.columnNames);
  if (moment)
    refuse(
      'The present moment is not supported in VALUES, whose rows do not change.',
      'Compare with it where the values are joined with a source.',
      moment.query_location ?? null,
    );
  const described =
    ref.type === 'EMPTY' ? [] : await describeQuery(context, select([star()], { ...ref, alias: 'valueslist' }));
  const columns = withoutRoles(described);
  const relation: ValuesRelation = { kind: 'values', ref, columns, appendOnly: true, key: null };
  const shown = described.map(({ name }) => ({ name, column: name, starred: true }));
  return { relation, scope: oneTable(ref.alias, shown) };
}

function sourceRelation({ spec, windows }: CompilerContext, name: string): SourceRelation {
  const source = spec.sources.find((one) => one.name.toLowerCase() === name)!;
  const { columns, metadata } = offerOf(source);
  // What the time of the batch closes no event time does: there is one watermark.
  const time = windows.byBatchTime ? undefined : source.watermark?.column.toLowerCase();
  // A row that changes is taken back whenever that may be: no time closes it.
  const isTime = (column: string) => source.changes === null && column.toLowerCase() === time;
  const typed = [...columns, ...metadata].map((one) => ({
    name: one.name,
    type: one.type,
    role: isTime(one.name) ? ({ kind: 'eventTime' } as const) : null,
  }));
  return {
    ...{ kind: 'source', source, versions: false, columns: typed },
    ...{ appendOnly: source.changes === null, key: source.changes?.key ?? null },
  };
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
  if (isBaseTable(ref.right) && ref.right.at_clause) {
    const versions = versionsFrom(context, ref.right);
    return temporalFrom(context, left, versions, ref);
  }
  const right = await apart(context, left, await fromRelation(context, ref.right));
  const { type, scope, conditions } = joinedOn(ref, left.scope, right.scope);
  const sides = { left: left.relation, right: right.relation };
  const relation =
    ref.ref_type === 'ASOF'
      ? await asofRelation(context, type === 'left' ? 'left' : 'inner', sides, conditions)
      : await joinRelation(context, type, sides.left, sides.right, conditions);
  return { relation, scope };
}

/** The right side under names that the left one has not. */
async function apart(context: CompilerContext, left: From, right: From): Promise<From> {
  const renamed = namesApart(left.relation, right.relation);
  if ([...renamed].every(([from, to]) => from === to)) return right;
  const items: Item[] = [...renamed].map(([from, name]) => ({ name, expression: column(from) }));
  const relation = await mapRelation(context, right.relation, items);
  return { relation, scope: renamedScope(right.scope, renamed) };
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
