import { type Expression, type FunctionCall, isColumnRef, rewrite } from '../ast.ts';
import { and, call, cast, column, greater, text } from '../ast-build.ts';
import { MERGEABLE_AGGREGATES, mergeableFor } from '../mergeable-aggregates.ts';
import { closesAt } from '../windows.ts';
import { castTo } from './cast-to.ts';
import { type CompilerContext, describeItems } from './compiler-context.ts';
import { countedGroups } from './distinct-relation.ts';
import { mapRelation } from './map-relation.ts';
import {
  type AggregateKey,
  type AggregateRelation,
  type Closing,
  columnsRead,
  freeName,
  type Item,
  type RecomputeRelation,
  type Relation,
  type RelationColumn,
} from './relation.ts';

export type Grouping = Pick<AggregateRelation, 'keys' | 'derived' | 'countsLate'> & {
  calls: { name: string; call: FunctionCall }[];
};

/**
 * The groups of a relation: of pieces that add up where all aggregates are such, with sets of values for DISTINCT beside them;
 * else computed anew for every group that is touched.
 */
export async function aggregateRelation(
  context: CompilerContext,
  input: Relation,
  grouping: Grouping,
): Promise<Relation> {
  const { keys, calls } = grouping;
  const definitions = await Promise.all(
    calls.map(async ({ call: { function_name, order_bys, children } }) => {
      if (order_bys.orders.length > 0) return null;
      const items = children.map((expression, index) => ({ name: `a${index}`, expression }));
      const types = (await describeItems(context, input.columns, items)).map(({ type }) => type);
      return mergeableFor(function_name.toLowerCase(), types, !input.appendOnly);
    }),
  );
  const isSet = ({ call: { distinct, function_name } }: Grouping['calls'][number]) =>
    distinct && !MERGEABLE_AGGREGATES[function_name.toLowerCase()]!.ignoresRepeats;
  if (definitions.some((one) => one === null)) return recomputedGroups(context, input, grouping);
  if (calls.some(isSet)) return withSets(context, input, grouping, isSet);
  const columns = await groupColumns(context, input, grouping);
  const aggregates = calls.map((one, index) => ({ ...one, definition: definitions[index]! }));
  const { derived, countsLate } = grouping;
  return {
    ...{ kind: 'aggregate', input, keys, derived, aggregates, columns, countsLate },
    ...{ appendOnly: calls.length === 0 && input.appendOnly, key: keys.map(({ name }) => name) },
  };
}

async function groupColumns(context: CompilerContext, input: Relation, grouping: Grouping): Promise<RelationColumn[]> {
  const { keys, derived, calls } = grouping;
  const items: Item[] = [...keys, ...calls.map(({ name, call: expression }) => ({ name, expression }))];
  const groups = keys.map(({ expression }) => expression);
  const described = await describeItems(context, input.columns, items, { groups });
  const typed = described.map((one) => ({ ...one, role: keys.find(({ name }) => name === one.name)?.role ?? null }));
  const followers = derived.map(({ name, sizeMicros }) => ({
    ...{ name, type: 'TIMESTAMP' },
    role: { kind: 'windowEnd', sizeMicros, onWatermark: keyRole(grouping, name) } as const,
  }));
  return [...typed.slice(0, keys.length), ...followers, ...typed.slice(keys.length)];
}

function keyRole({ keys, derived }: Grouping, name: string): boolean {
  const { fromKey } = derived.find((one) => one.name === name)!;
  return closesAt(keys.find((key) => key.name === fromKey)!.role) !== null;
}

/** How often groups end that are no windows: the watermark counts in ms. */
const MOMENT_MICROS = 1_000;

/** The key by which the watermark ends groups: of the window that ends first. */
export function closingOf(
  keys: readonly { name: string; role: AggregateKey['role'] }[],
): (Closing & { sizeMicros: number }) | null {
  const closing = keys.flatMap(({ name, role }) => {
    const toEndMicros = closesAt(role);
    if (role === null || toEndMicros === null) return [];
    return [{ column: name, toEndMicros, sizeMicros: role.kind === 'eventTime' ? MOMENT_MICROS : role.sizeMicros }];
  });
  return closing.sort((a, b) => a.sizeMicros - b.sizeMicros)[0] ?? null;
}

/** Keeps the rows of every group. */
async function recomputedGroups(context: CompilerContext, input: Relation, grouping: Grouping): Promise<Relation> {
  const { keys, derived, calls, countsLate } = grouping;
  const taken = new Set(keys.map(({ name }) => name.toLowerCase()));
  const read = columnsRead(
    calls.map(({ call: one }) => one),
    input.columns,
  );
  const kept = new Map([...read].map((name) => [name, freeName(name, taken)] as const));
  const items: Item[] = [
    ...keys.map(({ name, expression }) => ({ name, expression })),
    ...[...kept].map(([from, name]) => ({ name, expression: column(from) })),
  ];
  const mapped = await mapRelation(context, input, items);
  const rows: Relation = {
    ...mapped,
    columns: mapped.columns.map((one, index) => ({ ...one, role: keys[index]?.role ?? null })),
  };
  const over = calls.map(({ name, call: one }) => ({ name, expression: renameColumns(one, kept) }));
  const names = keys.map(({ name }) => name);
  const grouped: Item[] = [...names.map((name) => ({ name, expression: column(name) })), ...over];
  const described = await describeItems(context, rows.columns, grouped, { groups: names.map((name) => column(name)) });
  const columns = described.map((one, index) => ({ ...one, role: keys[index]?.role ?? null }));
  const closing = closingOf(keys);
  const what = calls.map(({ call: one }) => one.function_name).join(', ');
  const relation: RecomputeRelation = {
    ...{ kind: 'recompute', what, input: rows, keys: names, layers: [], items: grouped, grouped: true, qualify: [] },
    ...{ columns, appendOnly: false, key: names, keepsOnlyResults: false, countsLate },
    closing: closing && { input: closing, result: closing },
  };
  if (derived.length === 0) return relation;
  const more = derived.map(({ name, fromKey, sizeMicros }) => ({
    name,
    expression: call('+', column(fromKey), cast(text(`${sizeMicros} microseconds`), 'INTERVAL')),
  }));
  const all = [...columns.map(({ name }) => ({ name, expression: column(name) })), ...more];
  const whole = await mapRelation(context, relation, all);
  const roles = (await groupColumns(context, input, grouping)).filter(({ name }) =>
    derived.some((one) => one.name === name),
  );
  return { ...whole, columns: whole.columns.map((one) => roles.find(({ name }) => name === one.name) ?? one) };
}

const renameColumns = (expression: Expression, names: ReadonlyMap<string, string>): Expression =>
  rewrite(expression, (node) => {
    if (!isColumnRef(node)) return null;
    const [first, ...fields] = node.column_names as [string, ...string[]];
    const name = names.get(first);
    return name === undefined ? null : column(name, ...fields);
  });

/**
 * DISTINCT inside of aggregates: the sets of values are relations of their own (a group and a value, once), whose rows are
 * aggregated beside those of the input. A tag tells them apart. So all of it adds up, and no hot group has its rows in one place.
 */
async function withSets(
  context: CompilerContext,
  input: Relation,
  grouping: Grouping,
  isSet: (one: Grouping['calls'][number]) => boolean,
): Promise<Relation> {
  const { keys, derived, calls, countsLate } = grouping;
  const taken = new Set(keys.map(({ name }) => name.toLowerCase()));
  const tag = freeName('input_of', taken);
  const groups: Item[] = keys.map(({ name, expression }) => ({ name, expression }));
  // What each aggregate takes, as columns: a value of another aggregate's row is NULL.
  const slots: { item: Item; of: number }[] = [];
  const over: Grouping['calls'] = calls.map((one, index) => {
    const set = isSet(one);
    const taking = one.call.children.map((expression) => {
      const name = freeName(set ? 'value' : 'argument', taken);
      slots.push({ item: { name, expression }, of: set ? index + 1 : 0 });
      return column(name);
    });
    const ownTag = greater(column(tag), tagOf(set ? index + 1 : 0), 'COMPARE_EQUAL');
    let filter: Expression = ownTag;
    if (!set && one.call.filter !== null) {
      const name = freeName('filter', taken);
      slots.push({ item: { name, expression: one.call.filter }, of: 0 });
      filter = and(ownTag, column(name));
    }
    return {
      name: one.name,
      call: { ...one.call, children: taking, filter, distinct: false } as unknown as FunctionCall,
    };
  });
  const types = await describeItems(
    context,
    input.columns,
    slots.map(({ item }) => item),
  );
  const typed = slots.map((slot, index) => ({ ...slot, type: types[index]!.type }));
  const rowsOf = async (of: number, from: Relation, own: (item: Item) => Item, asKey: (item: Item) => Item) => {
    const items = await Promise.all(
      typed.map(async ({ item, of: owner, type }) =>
        owner === of ? own(item) : { name: item.name, expression: await castTo(context, NULL, type) },
      ),
    );
    const mapped = await mapRelation(context, from, [
      ...groups.map(asKey),
      ...items,
      { name: tag, expression: tagOf(of) },
    ]);
    const columns = mapped.columns.map((one, index) => ({ ...one, role: keys[index]?.role ?? null }));
    return { ...mapped, columns };
  };
  const same = (item: Item) => item;
  const named = ({ name }: Item) => ({ name, expression: column(name) });
  const inputs: Relation[] = [await rowsOf(0, input, same, same)];
  for (const [index, one] of calls.entries()) {
    if (!isSet(one)) continue;
    const [value] = slots.filter(({ of }) => of === index + 1) as [(typeof slots)[number]];
    const conditions = [isKnown(value.item.expression), ...(one.call.filter ? [one.call.filter] : [])];
    const mapped = await mapRelation(context, input, [...groups, value.item], conditions);
    const values = {
      ...mapped,
      columns: mapped.columns.map((column, at) => ({ ...column, role: keys[at]?.role ?? null })),
    };
    const set = await countedGroups(
      context,
      values,
      values.columns.map(({ name }) => name),
      [],
      false,
    );
    inputs.push(await rowsOf(index + 1, set, named, named));
  }
  const [first] = inputs as [Relation];
  const appendOnly = inputs.every((one) => one.appendOnly);
  const union: Relation = { kind: 'union', inputs, columns: first.columns, appendOnly, key: null };
  const regrouped = keys.map(({ name, role }) => ({ name, expression: column(name), role }));
  return aggregateRelation(context, union, { keys: regrouped, derived, calls: over, countsLate });
}

const tagOf = (of: number): Expression => cast(text(String(of)), 'UTINYINT');
const NULL: Expression = {
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  value: { type: { id: 'NULL', type_info: null }, is_null: true },
} as never;
const isKnown = (expression: Expression): Expression =>
  ({ class: 'OPERATOR', type: 'OPERATOR_IS_NOT_NULL', alias: '', children: [expression] }) as unknown as Expression;
