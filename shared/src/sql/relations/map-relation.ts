import type { Column } from '../../plan/index.ts';
import { type Expression, isFunction, visit } from '../ast.ts';
import { column } from '../ast-build.ts';
import { findMoment } from '../batch-time.ts';
import { castTo } from './cast-to.ts';
import { type CompilerContext, describeItems, refuse } from './compiler-context.ts';
import {
  columnOf,
  freeName,
  type Item,
  isFixed,
  type MapRelation,
  plainColumn,
  type Relation,
  type RelationColumn,
} from './relation.ts';
import { sameWindow } from './same-window.ts';

/** `items` over the rows of `input` that meet the conditions. */
export async function mapRelation(
  context: CompilerContext,
  input: Relation,
  items: Item[],
  conditions: Expression[] = [],
): Promise<MapRelation> {
  refuseMoments(context, input, [...items.map(({ expression }) => expression), ...conditions]);
  const described = await describeItems(context, input.columns, items);
  const columns = described.map((one, index) => {
    const plain = plainColumn(items[index]!.expression);
    const from = plain === null ? undefined : columnOf(input, plain);
    return { ...one, role: from?.role ?? null };
  });
  const multiplies = items.some(({ expression }) => unnests(expression));
  const kept = input.key?.map((key) => columnsFor(input, key, items)[0]);
  const key = kept && !multiplies && kept.every((name) => name !== undefined) ? (kept as string[]) : null;
  const drops = multiplies || conditions.length > 0;
  return { kind: 'map', input, items, conditions, multiplies, drops, columns, appendOnly: input.appendOnly, key };
}

/** Names of items that tell as much as a column of the input: the column itself, or the other bound of the same window. */
export function columnsFor(input: Relation, name: string, items: readonly Item[]): string[] {
  const { role } = columnOf(input, name);
  const size = role === null || role.kind === 'eventTime' ? null : role.sizeMicros;
  const asGood = input.columns.filter((one) => {
    if (size === null || !one.role || one.role.kind === 'eventTime' || one.role.sizeMicros !== size) return false;
    return sameWindow(input, name, one.name) || sameWindow(input, one.name, name);
  });
  const passed = (wanted: string) =>
    items.filter(({ expression }) => plainColumn(expression) === wanted).map((item) => item.name);
  return [name, ...asGood.map((one) => one.name)].flatMap(passed);
}

/** The first columns become keys of these roles, the others have none. */
export const withRoles = (map: MapRelation, keys: readonly Pick<RelationColumn, 'role'>[]): MapRelation => ({
  ...map,
  columns: map.columns.map((one, index) => ({ ...one, role: keys[index]?.role ?? null })),
});

/** All columns, as they are. */
export const allItems = ({ columns }: Pick<Relation, 'columns'>): Item[] =>
  columns.map(({ name }) => ({ name, expression: column(name) }));

/** The columns by position, under other names and, where they differ, cast to other types. */
export async function castItems(
  context: CompilerContext,
  input: Relation,
  wanted: readonly Column[],
): Promise<Relation> {
  const same = input.columns.every(
    ({ name, type }, index) => name === wanted[index]!.name && type === wanted[index]!.type,
  );
  if (same) return input;
  const items = input.columns.map(async ({ name, type }, index) => {
    const { name: to, type: toType } = wanted[index]!;
    return { name: to, expression: type === toType ? column(name) : await castTo(context, column(name), toType) };
  });
  return mapRelation(context, input, await Promise.all(items));
}

/** The type in which DuckDB puts values of two types together; null: there is none. */
export async function commonType({ frontend }: CompilerContext, a: string, b: string): Promise<string | null> {
  const described = await frontend.describe([], `SELECT NULL::${a} AS key UNION ALL SELECT NULL::${b}`);
  return described.ok ? described.columns[0]!.type : null;
}

/** Columns that expressions are; those that are no columns yet are added, under names like `called`. */
export async function withColumns(
  context: CompilerContext,
  input: Relation,
  expressions: readonly Expression[],
  called: string,
  taken = new Set(input.columns.map(({ name }) => name.toLowerCase())),
): Promise<{ relation: Relation; names: string[] }> {
  const added: Item[] = [];
  const names = expressions.map((expression) => {
    const plain = plainColumn(expression);
    if (plain !== null) return plain;
    added.push({ name: freeName(called, taken), expression: { ...expression, alias: '' } });
    return added.at(-1)!.name;
  });
  const relation = added.length > 0 ? await mapRelation(context, input, [...allItems(input), ...added]) : input;
  return { relation, names };
}

/** The same columns, of fewer rows. */
export const filterRelation = (
  context: CompilerContext,
  input: Relation,
  conditions: Expression[],
): Promise<Relation> =>
  conditions.length === 0 ? Promise.resolve(input) : mapRelation(context, input, allItems(input), conditions);

/** `unnest(…)` somewhere in it. */
export function unnests(tree: unknown): boolean {
  let found = false;
  visit(tree, (node) => {
    if (isFunction(node) && node.function_name.toLowerCase() === 'unnest') found = true;
    return undefined;
  });
  return found;
}

/** A row that is taken back later must be the row that was put out: nothing of it may depend on when. */
export function refuseMoments({ columnNames }: CompilerContext, input: Relation, tree: unknown): void {
  const fixed = isFixed(input);
  const moment = input.appendOnly && !fixed ? null : findMoment(tree, columnNames);
  if (moment === null) return;
  if (fixed)
    refuse(
      'The present moment is not supported over a table, which does not change.',
      'Compare with it where the table is joined with a source.',
      moment.query_location ?? null,
    );
  refuse(
    'The present moment is not supported where rows may change later.',
    'Compare with it in WHERE over a source, where it is judged once, when a record comes.',
    moment.query_location ?? null,
  );
}
