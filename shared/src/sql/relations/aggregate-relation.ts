import { type Expression, type FunctionCall, isColumnRef, rewrite } from '../ast.ts';
import { call, cast, column, text } from '../ast-build.ts';
import { MERGEABLE_AGGREGATES, mergeableFor } from '../mergeable-aggregates.ts';
import { closesAt, isExact, roleClosingAt, type TimeRole } from '../windows.ts';
import { type CompilerContext, describeItems } from './compiler-context.ts';
import { withSets } from './distinct-sets.ts';
import { mapRelation, withRoles } from './map-relation.ts';
import {
  type AggregateKey,
  type AggregateRelation,
  type Closing,
  columnsRead,
  freeName,
  type Item,
  isFixed,
  type RecomputeRelation,
  type Relation,
  type RelationColumn,
} from './relation.ts';
import { rolesOfGroups } from './same-window.ts';
import { groupsExpire } from './state-ttl.ts';

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
  // What is made of rows that never change is computed where it is read, whatever the aggregates are.
  if (isFixed(input)) return recomputedGroups(context, input, grouping);
  const { keys, calls } = grouping;
  const ttl = context.spec.stateTtlMs !== null;
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
  if (calls.some(isSet)) {
    // Sets of values would have to end value by value, and the rows beside them with the group: of rows that end one by one all is true.
    if (ttl && input.appendOnly && closingOf(keys) === null) return recomputedGroups(context, input, grouping);
    return withSets(context, input, { ...grouping, isSet });
  }
  const columns = await groupColumns(context, input, grouping);
  const aggregates = calls.map((one, index) => ({ ...one, definition: definitions[index]! }));
  const { derived, countsLate } = grouping;
  const forgets = ttl && groupsExpire({ input, keys });
  return {
    ...{ kind: 'aggregate', input, keys, derived, aggregates, columns, countsLate, firsts: false },
    ...{ appendOnly: calls.length === 0 && input.appendOnly && !forgets, key: keys.map(({ name }) => name) },
  };
}

async function groupColumns(context: CompilerContext, input: Relation, grouping: Grouping): Promise<RelationColumn[]> {
  const { keys, derived, calls } = grouping;
  const items: Item[] = [...keys, ...calls.map(({ name, call: expression }) => ({ name, expression }))];
  const groups = keys.map(({ expression }) => expression);
  const described = await describeItems(context, input.columns, items, { groups });
  const roles = rolesOfGroups(input, keys, closingIndex(keys));
  const typed = described.map((one, index) => ({ ...one, role: roles[index] ?? null }));
  const followers = derived.map(({ name, fromKey, sizeMicros }) => {
    const closing = closesAt(typed.find((key) => key.name === fromKey)!.role);
    const end: TimeRole = { kind: 'windowEnd', sizeMicros, onWatermark: closing !== null };
    return { name, type: 'TIMESTAMP', role: roleClosingAt(end, closing === null ? 0 : closing - sizeMicros) };
  });
  return [...typed.slice(0, keys.length), ...followers, ...typed.slice(keys.length)];
}

/** How often groups end that are no windows: the watermark counts in ms. */
const MOMENT_MICROS = 1_000;
/** Windows of a calendar end at no even times; a zone's midnights at every quarter of an hour. */
const QUARTER_HOUR_MICROS = 900_000_000;

/** The time of whose multiples windows end. */
export const endsEvery = (role: TimeRole): number =>
  role.kind === 'eventTime' ? MOMENT_MICROS : role.varies ? QUARTER_HOUR_MICROS : role.sizeMicros;

/** The key by which the watermark ends groups: of the window that ends first. */
export function closingOf(
  keys: readonly { name: string; role: AggregateKey['role'] }[],
): (Closing & { sizeMicros: number }) | null {
  const closing = keys.flatMap(({ name, role }) => {
    const toEndMicros = closesAt(role);
    if (role === null || toEndMicros === null) return [];
    return [{ column: name, toEndMicros, sizeMicros: endsEvery(role), isExact: isExact(role) }];
  });
  const first = closing.sort((a, b) => a.sizeMicros - b.sizeMicros || Number(b.isExact) - Number(a.isExact))[0];
  if (first === undefined) return null;
  const { isExact: _, ...found } = first;
  return found;
}

export const closingIndex = (keys: Parameters<typeof closingOf>[0]): number =>
  keys.findIndex(({ name }) => name === closingOf(keys)?.column);

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
  const rows = withRoles(await mapRelation(context, input, items), keys);
  const over = calls.map(({ name, call: one }) => ({ name, expression: renameColumns(one, kept) }));
  const names = keys.map(({ name }) => name);
  const grouped: Item[] = [...names.map((name) => ({ name, expression: column(name) })), ...over];
  const described = await describeItems(context, rows.columns, grouped, { groups: names.map((name) => column(name)) });
  const roles = rolesOfGroups(input, keys, closingIndex(keys));
  const columns = described.map((one, index) => ({ ...one, role: roles[index] ?? null }));
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
  const followers = (await groupColumns(context, input, grouping)).filter(({ name }) =>
    derived.some((one) => one.name === name),
  );
  return { ...whole, columns: whole.columns.map((one) => followers.find(({ name }) => name === one.name) ?? one) };
}

const renameColumns = (expression: Expression, names: ReadonlyMap<string, string>): Expression =>
  rewrite(expression, (node) => {
    if (!isColumnRef(node)) return null;
    const [first, ...fields] = node.column_names as [string, ...string[]];
    const name = names.get(first);
    return name === undefined ? null : column(name, ...fields);
  });
