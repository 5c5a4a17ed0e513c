import { column } from '../ast-build.ts';
import { columnsRead, type Item, inputsOf, isFixed, type Relation, type SourceRelation } from './relation.ts';

/** Relations below the roots and themselves, inputs first, each once. */
export function inOrder(...roots: Relation[]): Relation[] {
  const seen = new Set<Relation>();
  const order: Relation[] = [];
  const walk = (relation: Relation) => {
    if (seen.has(relation)) return;
    seen.add(relation);
    inputsOf(relation).forEach(walk);
    order.push(relation);
  };
  roots.forEach(walk);
  return order;
}

/** By how many each is read; a root by whoever wants it. */
export function readersOf(roots: readonly Relation[]): ReadonlyMap<Relation, number> {
  const readers = new Map<Relation, number>();
  for (const read of [...roots, ...inOrder(...roots).flatMap(inputsOf)])
    readers.set(read, (readers.get(read) ?? 0) + 1);
  return readers;
}

/** The same relations without the columns that nobody reads: what is not there need not be parsed, shuffled or kept. */
export function prune(roots: readonly Relation[]): Relation[] {
  const order = inOrder(...roots);
  const needed = new Map<Relation, Set<string>>(order.map((relation) => [relation, new Set()]));
  for (const root of roots) for (const { name } of root.columns) needed.get(root)!.add(name);
  const timed = order.some(readsTime);
  for (const relation of order) {
    if (relation.kind !== 'source' || !timed) continue;
    for (const { name, role } of relation.columns) if (role?.kind === 'eventTime') needed.get(relation)!.add(name);
  }
  const need = (relation: Relation, names: Iterable<string>) => {
    for (const name of names) needed.get(relation)!.add(name);
  };
  const reads = new Map<Relation, [Relation, Set<string>][]>();
  for (const relation of order.toReversed()) {
    reads.set(relation, readsOf(relation, needed.get(relation)!));
    for (const [input, names] of reads.get(relation)!) need(input, names);
  }
  const pruned = new Map<Relation, Relation>();
  const passing = passingMaps(order);
  for (const relation of order) {
    const of = (input: Relation): Relation => {
      const whole = pruned.get(input)!;
      const keepsRows = relation.kind === 'recompute' || relation.kind === 'join' || relation.kind === 'temporal';
      if (!keepsRows || (whole.kind === 'source' && whole.versions)) return whole;
      // These keep what they are given; another reader may need more of the same relation.
      const own = reads.get(relation)!.flatMap(([from, names]) => (from === input ? [...names] : []));
      return narrowed(
        whole,
        whole.columns.map(({ name }) => name).filter((name) => own.includes(name)),
      );
    };
    const own = needed.get(relation)!;
    if (relation.kind === 'map' && passing.has(relation)) for (const name of readable(relation, of)) own.add(name);
    pruned.set(relation, rebuilt(relation, own, of));
  }
  return roots.map((root) => pruned.get(root)!);
}

/** It has state, which the watermark may end. */
const readsTime = (relation: Relation): boolean =>
  relation.kind === 'aggregate' ||
  (relation.kind === 'recompute' && !isFixed(relation)) ||
  relation.kind === 'temporal' ||
  (relation.kind === 'join' && !inputsOf(relation).some(isFixed));

/**
 * Maps between a source and an aggregate. What they pass costs nothing until it is read, and there are readers beside the
 * aggregate: event time, and rows that come too late are kept with all that is known of them.
 */
function passingMaps(order: readonly Relation[]): Set<Relation> {
  const passing = new Set<Relation>();
  for (const relation of order) {
    if (relation.kind !== 'aggregate') continue;
    const path: Relation[] = [];
    let at = relation.input;
    for (; at.kind === 'map'; at = at.input) path.push(at);
    const alone = path.every((one) => order.filter((reader) => inputsOf(reader).includes(one)).length === 1);
    if (at.kind === 'source' && alone) for (const one of path) passing.add(one);
  }
  return passing;
}

/** Items that need no more than what is there. */
function readable({ input, items }: Extract<Relation, { kind: 'map' }>, of: (input: Relation) => Relation): string[] {
  const there = new Set(of(input).columns.map(({ name }) => name));
  return items
    .filter(({ expression }) => [...columnsRead(expression, input.columns)].every((name) => there.has(name)))
    .map(({ name }) => name);
}

/** What a relation reads of its inputs, of which `own` columns are wanted. Adds to `own` what it cannot do without. */
function readsOf(relation: Relation, own: Set<string>): [Relation, Set<string>][] {
  switch (relation.kind) {
    case 'source':
      for (const name of relation.key ?? []) own.add(name);
      return [];
    case 'table':
    case 'values':
      return [];
    case 'map': {
      const items = relation.items.filter((item) => keepsItem(item, own));
      return [
        [
          relation.input,
          columnsRead([items.map(({ expression }) => expression), relation.conditions], relation.input.columns),
        ],
      ];
    }
    case 'union':
      return relation.inputs.map((input) => [input, own]);
    case 'aggregate': {
      const calls = relation.aggregates.filter(({ name }) => own.has(name)).map(({ call }) => call);
      return [
        [
          relation.input,
          columnsRead([relation.keys.map(({ expression }) => expression), calls], relation.input.columns),
        ],
      ];
    }
    case 'recompute': {
      for (const key of relation.keys) own.add(key);
      const { input, layers, qualify, items, closing } = relation;
      for (const name of columnsRead(qualify, relation.columns)) own.add(name);
      if (closing) own.add(closing.result.column);
      const wanted = items.filter(({ name }) => own.has(name)).map(({ expression }) => expression);
      const read = columnsRead([wanted, layers.flat().map(({ expression }) => expression)], input.columns);
      if (closing) read.add(closing.input.column);
      if (relation.keepsOnlyResults) for (const name of read) own.add(name);
      return [[input, read]];
    }
    case 'join': {
      const { left, right, keys, conditions, bounds } = relation;
      const read = columnsRead(conditions, [...left.columns, ...right.columns]);
      if (bounds) read.add(bounds.left).add(bounds.right);
      const side = (input: Relation, keyNames: string[]) => {
        const names = input.columns.map(({ name }) => name).filter((name) => own.has(name) || read.has(name));
        return [input, new Set([...names, ...keyNames])] as [Relation, Set<string>];
      };
      const semi = relation.type === 'semi' || relation.type === 'anti';
      const ofRight = side(
        right,
        keys.map((key) => key.right),
      );
      if (semi)
        for (const { name } of right.columns)
          if (!read.has(name) && !keys.some((key) => key.right === name)) ofRight[1].delete(name);
      return [
        side(
          left,
          keys.map((key) => key.left),
        ),
        ofRight,
      ];
    }
    case 'temporal': {
      const { left, right, keys, time, found } = relation;
      const ofLeft = left.columns.map(({ name }) => name).filter((name) => own.has(name));
      const ofRight = found.filter(({ name }) => own.has(name)).map(({ from }) => from);
      return [
        [left, new Set([...ofLeft, ...keys.map((key) => key.left), time.column])],
        [right, new Set([...ofRight, ...keys.map((key) => key.right)])],
      ];
    }
    default:
      return relation satisfies never;
  }
}

/** An item that makes several rows of one is not left out. */
const keepsItem = (item: Item, own: ReadonlySet<string>): boolean =>
  own.has(item.name) || JSON.stringify(item.expression).toLowerCase().includes('"function_name":"unnest"');

function rebuilt(relation: Relation, own: ReadonlySet<string>, of: (input: Relation) => Relation): Relation {
  const columns = relation.columns.filter(({ name }) => own.has(name));
  const key = relation.key?.every((name) => own.has(name)) ? relation.key : null;
  switch (relation.kind) {
    case 'source':
    case 'table':
    case 'values':
      return { ...relation, columns };
    case 'map': {
      const items = relation.items.filter((item) => keepsItem(item, own));
      const kept = relation.columns.filter(({ name }) => items.some((item) => item.name === name));
      return { ...relation, input: of(relation.input), items, columns: kept, key };
    }
    case 'union':
      return {
        ...relation,
        inputs: relation.inputs.map((input) =>
          narrowed(
            of(input),
            columns.map(({ name }) => name),
          ),
        ),
        columns,
        key,
      };
    case 'aggregate': {
      const isKey = (name: string) => relation.keys.some((one) => one.name === name);
      const kept = relation.columns.filter(({ name }) => own.has(name) || isKey(name));
      const derived = relation.derived.filter(({ name }) => own.has(name));
      const aggregates = relation.aggregates.filter(({ name }) => own.has(name));
      return { ...relation, input: of(relation.input), columns: kept, derived, aggregates };
    }
    case 'recompute': {
      const items = relation.items.filter(({ name }) => own.has(name));
      return { ...relation, input: of(relation.input), items, columns, key };
    }
    case 'join': {
      const [left, right] = [of(relation.left), of(relation.right)];
      const semi = relation.type === 'semi' || relation.type === 'anti';
      const there = new Set([...left.columns, ...(semi ? [] : right.columns)].map(({ name }) => name));
      return { ...relation, left, right, columns: relation.columns.filter(({ name }) => there.has(name)), key };
    }
    case 'temporal': {
      const [left, right] = [of(relation.left), of(relation.right) as SourceRelation];
      const found = relation.found.filter(({ name }) => own.has(name));
      const there = new Set([...left.columns, ...found].map(({ name }) => name));
      return {
        ...{ ...relation, left, right, found, key },
        columns: relation.columns.filter(({ name }) => there.has(name)),
      };
    }
    default:
      return relation satisfies never;
  }
}

/** Inputs of a union must have the very same columns; one that cannot leave some out is given a list. */
function narrowed(input: Relation, names: readonly string[]): Relation {
  const same = input.columns.length === names.length && input.columns.every(({ name }, index) => name === names[index]);
  if (same) return input;
  const columns = names.map((name) => input.columns.find((one) => one.name === name)!);
  const items = columns.map(({ name }) => ({
    name,
    expression: column(name),
  }));
  return {
    kind: 'map',
    input,
    items,
    conditions: [],
    multiplies: false,
    drops: false,
    columns,
    appendOnly: input.appendOnly,
    key: null,
  } as Relation;
}
