// DISTINCT inside of aggregates.

import { type Expression, type FunctionCall, fingerprint } from '../ast.ts';
import { and, call, cast, column, greater, isNotNull, nullValue, text } from '../ast-build.ts';
import { aggregateRelation, type Grouping } from './aggregate-relation.ts';
import { castTo } from './cast-to.ts';
import type { CompilerContext } from './compiler-context.ts';
import { countedGroups } from './distinct-relation.ts';
import { mapRelation, withRoles } from './map-relation.ts';
import { columnOf, freeName, type Item, type Relation } from './relation.ts';

type Call = Grouping['calls'][number];

/** Values of which each counts once in a group, for every filter that they are counted with. */
type ValueSet = { value: Item; filters: { flag: Item | null; calls: Call[] }[] };

/**
 * The sets of values are relations of their own (a group and a value, with the filters that it has just met for the first time), whose rows are
 * aggregated beside those of the input. A tag tells them apart. So all of it adds up, and no hot group has its rows in one place.
 */
export async function withSets(
  context: CompilerContext,
  input: Relation,
  { keys, derived, calls, countsLate, isSet }: Grouping & { isSet(one: Call): boolean },
): Promise<Relation> {
  const taken = new Set(keys.map(({ name }) => name.toLowerCase()));
  const tag = freeName('input_of', taken);
  const add = (items: Item[], name: string, expression: Expression): string => {
    const known = items.find((one) => fingerprint(one.expression) === fingerprint(expression));
    if (known) return known.name;
    items.push({ name: freeName(name, taken), expression });
    return items.at(-1)!.name;
  };
  const own: Item[] = [];
  const flags: Item[] = [];
  const sets: ValueSet[] = [];
  const over = new Map<Call, FunctionCall>();
  for (const one of calls) {
    const { children, filter } = one.call;
    if (isSet(one)) addToSets(sets, one, flags, add, taken);
    else {
      const args = children.map((child) => column(add(own, 'argument', child)));
      const condition = filter === null ? [] : [column(add(own, 'filter', filter))];
      const call = { ...one.call, children: args, filter: and(isTagged(tag, 0), ...condition) };
      over.set(one, call as unknown as FunctionCall);
    }
  }
  const groups = keys.map(({ name, expression }) => ({ name, expression }));
  const values = sets.map(({ value }) => value);
  const keyed = withRoles(await mapRelation(context, input, [...groups, ...own, ...values, ...flags]), keys);
  const withFirsts = input.appendOnly ? sets.filter(({ filters }) => filters.length > 1) : [];
  const filtersMax = Math.max(0, ...withFirsts.map(({ filters }) => filters.length));
  const firsts = Array.from({ length: filtersMax }, () => freeName('first', taken));
  const slots = [
    ...[...own, ...values].map(({ name }) => ({ name, type: columnOf(keyed, name).type })),
    ...firsts.map((name) => ({ name, type: 'BOOLEAN' })),
  ];
  const rowsOf = async (from: Relation, present: readonly string[], tagged: number): Promise<Relation> => {
    const items = await Promise.all(
      slots.map(async ({ name, type }) => ({
        name,
        expression: present.includes(name) ? column(name) : await castTo(context, nullValue(), type),
      })),
    );
    const asThey = groups.map(({ name }) => ({ name, expression: column(name) }));
    const all = [...asThey, ...items, { name: tag, expression: tagOf(tagged) }];
    return withRoles(await mapRelation(context, from, all), keys);
  };
  const inputs: Relation[] = [await rowsOf(keyed, namesOf(own), 0)];
  for (const set of sets) {
    const { value, filters } = set;
    if (withFirsts.includes(set)) {
      const names = firsts.slice(0, filters.length);
      const tagged = inputs.length;
      inputs.push(await rowsOf(await firstsRelation(context, keyed, keys, set, names), [value.name, ...names], tagged));
      for (const [index, { calls: counting }] of filters.entries()) {
        const isFirst = and(isTagged(tag, tagged), column(names[index]!))!;
        for (const one of counting) over.set(one, plainCall(one, value.name, isFirst));
      }
      continue;
    }
    for (const { flag, calls: counting } of filters) {
      const tagged = inputs.length;
      inputs.push(await rowsOf(await setRelation(context, keyed, keys, value, flag), [value.name], tagged));
      for (const one of counting) over.set(one, plainCall(one, value.name, isTagged(tag, tagged)));
    }
  }
  const columns = inputs[0]!.columns.map((one) => (one.name === tag ? { ...one, type: 'INTEGER' } : one));
  const appendOnly = inputs.every((one) => one.appendOnly);
  const union: Relation = { kind: 'union', inputs, columns, appendOnly, key: null };
  const regrouped = keys.map(({ name, role }) => ({ name, expression: column(name), role }));
  const recalled = calls.map((one) => ({ name: one.name, call: over.get(one)! }));
  return aggregateRelation(context, union, { keys: regrouped, derived, calls: recalled, countsLate });
}

function addToSets(
  sets: ValueSet[],
  one: Call,
  flags: Item[],
  add: (items: Item[], name: string, expression: Expression) => string,
  taken: Set<string>,
): void {
  const [value] = one.call.children as [Expression];
  let set = sets.find((known) => fingerprint(known.value.expression) === fingerprint(value));
  if (!set) {
    set = { value: { name: freeName('value', taken), expression: value }, filters: [] };
    sets.push(set);
  }
  const { filter } = one.call;
  const name = filter === null ? null : add(flags, 'counts', filter);
  const flag = flags.find((known) => known.name === name) ?? null;
  const filtered = set.filters.find((known) => known.flag?.name === flag?.name);
  if (filtered) filtered.calls.push(one);
  else set.filters.push({ flag, calls: [one] });
}

const plainCall = ({ call: one }: Call, value: string, filter: Expression): FunctionCall =>
  ({ ...one, children: [column(value)], filter, distinct: false }) as unknown as FunctionCall;

/** The values of each group, once. */
async function setRelation(
  context: CompilerContext,
  keyed: Relation,
  keys: Grouping['keys'],
  value: Item,
  flag: Item | null,
): Promise<Relation> {
  const items = [...keys, value].map(({ name }) => ({ name, expression: column(name) }));
  const conditions = [isNotNull(column(value.name)), ...(flag ? [column(flag.name)] : [])];
  const rows = withRoles(await mapRelation(context, keyed, items, conditions), keys);
  return countedGroups(
    context,
    rows,
    rows.columns.map(({ name }) => name),
    [],
    false,
  );
}

/** The values of each group, whenever one of their rows is the first to meet a filter; `names`: which filters. */
async function firstsRelation(
  context: CompilerContext,
  keyed: Relation,
  keys: Grouping['keys'],
  { value, filters }: ValueSet,
  names: readonly string[],
): Promise<Relation> {
  const truths = filters.map(({ flag }) => (flag ? column(flag.name) : cast(text('true'), 'BOOLEAN')));
  const taken = new Set([...keys, value].map(({ name }) => name.toLowerCase()));
  const items = [
    ...[...keys, value].map(({ name }) => ({ name, expression: column(name) })),
    ...truths.map((expression) => ({ name: freeName('counts', taken), expression })),
  ];
  const rows = withRoles(await mapRelation(context, keyed, items, [isNotNull(column(value.name))]), keys);
  const regrouped = [...keys, value].map(({ name }) => ({
    name,
    expression: column(name),
    role: columnOf(rows, name).role,
  }));
  const calls = items
    .slice(keys.length + 1)
    .map(({ name }, index) => ({ name: names[index]!, call: call('bool_or', column(name)) }));
  const groups = await aggregateRelation(context, rows, { keys: regrouped, derived: [], calls, countsLate: false });
  if (groups.kind !== 'aggregate') throw new Error('bool_or adds up');
  return { ...groups, firsts: true, appendOnly: true, key: null };
}

const namesOf = (items: readonly Item[]): string[] => items.map(({ name }) => name);
const tagOf = (of: number): Expression => cast(text(String(of)), 'INTEGER');
const isTagged = (tag: string, of: number): Expression => greater(column(tag), tagOf(of), 'COMPARE_EQUAL');
