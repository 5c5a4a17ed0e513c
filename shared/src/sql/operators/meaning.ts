// What the rows of a relation mean: equal for equal rows, however the query says it. Kept state goes on only where this is the same.
// A lineage (lineage.ts) names state and overlooks filters; a meaning decides whether what is kept under that name still holds.

import { type Expression, fingerprint, isColumnRef, rewrite } from '../ast.ts';
import { column } from '../ast-build.ts';
import { sha256 } from '../plan-hash.ts';
import { unnests } from '../relations/map-relation.ts';
import {
  columnsRead,
  type Item,
  inputsOf,
  type MapRelation,
  plainColumn,
  type Relation,
} from '../relations/relation.ts';
import { contentsJoined, withoutPlaces } from './lineage.ts';

/** A part of a meaning in the user's terms, such as `filter` and its condition. */
export type Fact = { label: string; expression: Expression | null };

/** `facts` are for people: two meanings may differ in more. */
export type Meaning = { digest: string; facts: ReadonlySet<Fact> };

export type Meanings = {
  /** Of the given columns of a relation: what it does with others does not matter. */
  of(relation: Relation, names: readonly string[]): Meaning;
  /** Of what a relation keeps: what its aggregates are called does not matter there, only to those that read them. */
  ofKept(relation: Relation): string;
  /** Of what feeds a relation. */
  ofInputs(relation: Relation): Meaning;
};

/** Of the relations of one query: what several read is looked at once. */
export function createMeanings(): Meanings {
  const known = new Map<Relation, Map<string, Meaning>>();

  function of(relation: Relation, names: readonly string[]): Meaning {
    const own = known.get(relation) ?? new Map<string, Meaning>();
    known.set(relation, own);
    const key = JSON.stringify(names.toSorted());
    const meaning = own.get(key) ?? make(relation, new Set(names));
    own.set(key, meaning);
    return meaning;
  }

  function make(relation: Relation, names: ReadonlySet<string>): Meaning {
    if (relation.kind === 'map') return ofMaps(relation, names, of);
    const inputs = inputsOf(relation).map((input) => of(input, readOf(relation, input, names)));
    const digests = inputs.map(({ digest }) => digest);
    const { tree, facts } = describe(relation, names);
    const below = relation.kind === 'union' ? digests.sort() : digests;
    return meaningOf([relation.kind, tree, below], facts, inputs);
  }

  return {
    of,
    ofKept(relation) {
      const all = relation.columns.map(({ name }) => name);
      if (relation.kind !== 'aggregate' || relation.firsts) return of(relation, all).digest;
      const nameless = { ...relation, aggregates: relation.aggregates.map((one) => ({ ...one, name: '' })) };
      return of(nameless, ['', ...all]).digest;
    },
    ofInputs(relation) {
      const all = new Set(relation.columns.map(({ name }) => name));
      const inputs = inputsOf(relation).map((input) => of(input, readOf(relation, input, all)));
      return meaningOf(
        inputs.map(({ digest }) => digest),
        [],
        inputs,
      );
    },
  };
}

const meaningOf = (tree: unknown, facts: readonly Fact[], inputs: readonly Meaning[]): Meaning => ({
  digest: sha256(tree),
  facts: new Set([...facts, ...inputs.flatMap((input) => [...input.facts])]),
});

/** What a relation makes of its inputs. */
function describe(
  relation: Exclude<Relation, MapRelation>,
  names: ReadonlySet<string>,
): { tree: unknown; facts: Fact[] } {
  switch (relation.kind) {
    case 'source': {
      const { key, versions, source } = relation;
      const { name, format, changes, watermark } = source;
      const declared = format.kind === 'json' ? format.columns : [];
      const read = relation.columns.filter((one) => names.has(one.name)).map(({ name: own, type }) => [own, type]);
      const encodings = declared.filter((one) => names.has(one.name)).map((one) => one.encoding);
      return {
        tree: [name.toLowerCase(), format.kind, read.sort(), encodings, changes, key, versions && watermark?.column],
        facts: [{ label: `source ${name}`, expression: null }],
      };
    }
    case 'table': {
      const { name } = relation.table;
      return {
        tree: [name.toLowerCase(), [...names].sort()],
        facts: [{ label: `table ${name}`, expression: null }],
      };
    }
    case 'values':
      return { tree: withoutPlaces(relation.ref), facts: [{ label: 'values', expression: null }] };
    case 'union':
      return { tree: null, facts: [] };
    case 'aggregate': {
      const { keys, derived, firsts } = relation;
      const calls = callsFor(relation, names);
      const items = calls.map(({ name, call }) => [name, fingerprint(call)]);
      const followers = derived.filter(({ name }) => names.has(name));
      return {
        tree: [keys.map(printed), items.sort(), followers, firsts],
        facts: [
          ...calls.map(({ call }) => fact('aggregate', call)),
          ...keys.map((key) => fact('group by', key.expression)),
        ],
      };
    }
    case 'recompute': {
      const { keys, layers, grouped, qualify } = relation;
      const items = itemsFor(relation, names);
      const made = items.filter(({ expression }) => plainColumn(expression) === null);
      return {
        tree: [keys, grouped, layers.map((layer) => layer.map(printed)), items.map(printed).sort(), inNoOrder(qualify)],
        facts: [...qualify.map((one) => fact('qualify', one)), ...made.map((one) => fact('compute', one.expression))],
      };
    }
    case 'join': {
      const { type, keys, conditions } = relation;
      return {
        tree: [type, keys, inNoOrder(conditions), contentsJoined(relation)],
        facts: conditions.map((one) => fact(`${type} join on`, one)),
      };
    }
    case 'temporal': {
      const { type, keys, time, found } = relation;
      return { tree: [type, keys, time, found.filter(({ name }) => names.has(name))], facts: [] };
    }
    default:
      return relation satisfies never;
  }
}

const fact = (label: string, expression: Expression): Fact => ({ label, expression });
const printed = ({ name, expression }: Item): string[] => [name, fingerprint(expression)];
const inNoOrder = (conditions: readonly Expression[]): string[] => [...new Set(conditions.map(fingerprint))].sort();

type Aggregate = Extract<Relation, { kind: 'aggregate' }>;
type Recompute = Extract<Relation, { kind: 'recompute' }>;

const callsFor = ({ aggregates, firsts }: Aggregate, names: ReadonlySet<string>) =>
  aggregates.filter(({ name }) => firsts || names.has(name));

function itemsFor({ items, qualify, columns }: Recompute, names: ReadonlySet<string>): Item[] {
  const judged = columnsRead(qualify, columns);
  return items.filter(({ name }) => names.has(name) || judged.has(name));
}

/** Columns of an input that a relation reads for some of its own. */
function readOf(relation: Relation, input: Relation, names: ReadonlySet<string>): string[] {
  switch (relation.kind) {
    case 'aggregate': {
      const calls = callsFor(relation, names).map(({ call }) => call);
      return [...columnsRead([relation.keys.map(({ expression }) => expression), calls], input.columns)];
    }
    case 'recompute': {
      const made = [...itemsFor(relation, names), ...relation.layers.flat()];
      const read = columnsRead(
        made.map(({ expression }) => expression),
        input.columns,
      );
      return [...new Set([...read, ...relation.keys])];
    }
    case 'join': {
      const { left, keys, conditions } = relation;
      const side = input === left ? 'left' : 'right';
      const own = input.columns.map(({ name }) => name).filter((name) => names.has(name));
      return [...new Set([...own, ...keys.map((key) => key[side]), ...columnsRead(conditions, input.columns)])];
    }
    case 'temporal': {
      const { left, keys, time, found } = relation;
      if (input !== left)
        return [...found.flatMap(({ name, from }) => (names.has(name) ? [from] : [])), ...keys.map((key) => key.right)];
      const own = left.columns.map(({ name }) => name).filter((name) => names.has(name));
      return [...new Set([...own, ...keys.map((key) => key.left), time.column])];
    }
    default:
      return [...names];
  }
}

/** A column of a map over the columns below all maps: one of these, or what stands for an expression of them. */
type Resolved = { node: Expression; reads: ReadonlySet<string>; made: Expression | null };

/** Maps one over the other are one, as if it had been written so; the order of conditions does not matter, nor what only passes. */
function ofMaps(top: MapRelation, names: ReadonlySet<string>, of: Meanings['of']): Meaning {
  const maps: MapRelation[] = [];
  let base: Relation = top;
  for (; base.kind === 'map'; base = base.input) maps.unshift(base);
  let scope = new Map<string, Resolved>(
    base.columns.map(({ name }) => [name, { node: column(name), reads: new Set([name]), made: null }]),
  );
  const reads = new Set<string>();
  const read = (one: Resolved) => {
    for (const name of one.reads) reads.add(name);
    return one.node;
  };
  const where: Expression[] = [];
  const unnested: string[][] = [];
  for (const { items, conditions } of maps) {
    where.push(...conditions.map((one) => read(resolve(one, scope))));
    const next = new Map(items.map(({ name, expression }) => [name, resolve(expression, scope)]));
    // What makes several rows of one does so whether it is read or not.
    const many = items.filter(({ expression }) => unnests(expression));
    unnested.push(...many.map(({ name }) => printed({ name, expression: read(next.get(name)!) })));
    scope = next;
  }
  const made = [...names].flatMap((name) => {
    const one = scope.get(name);
    return one ? [{ name, expression: read(one), shown: one.made }] : [];
  });
  const below = of(base, [...reads]);
  const passes = made.every(({ name, expression }) => plainColumn(expression) === name);
  if (passes && where.length === 0 && unnested.length === 0) return below;
  const conditions = maps.flatMap((map) => map.conditions.map((one) => fact('filter', one)));
  const columns = made.flatMap(({ shown }) => (shown === null ? [] : [fact('column', shown)]));
  const tree = ['map', made.map(printed).sort(), inNoOrder(where), unnested, below.digest];
  return meaningOf(tree, [...conditions, ...columns], [below]);
}

/** A digest stands for what is computed, so that it is as short wherever it is used again. */
function resolve(expression: Expression, scope: ReadonlyMap<string, Resolved>): Resolved {
  const plain = plainColumn(expression);
  if (plain !== null && scope.has(plain)) return scope.get(plain)!;
  const reads = new Set<string>();
  const over = rewrite(expression, (node) => {
    if (!isColumnRef(node)) return null;
    const [name, ...fields] = node.column_names as [string, ...string[]];
    const found = scope.get(name);
    if (found === undefined) return null;
    for (const one of found.reads) reads.add(one);
    return { ...node, column_names: fields, of: found.node } as Expression;
  });
  const node = { class: 'MADE', type: 'MADE', alias: '', digest: sha256(fingerprint(over)) } as unknown as Expression;
  return { node, reads, made: expression };
}
