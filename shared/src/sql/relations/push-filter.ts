import { type Expression, isColumnRef, rewrite } from '../ast.ts';
import type { CompilerContext } from './compiler-context.ts';
import { addConditions } from './join-relation.ts';
import { filterRelation } from './map-relation.ts';
import { isRankBound, keyOfRanked } from './rank-bound.ts';
import { columnsRead, type Item, type MapRelation, plainColumn, type Relation } from './relation.ts';

/**
 * The rows of a relation that meet all conditions, judged as early as may be: what is left out early is neither kept nor
 * shuffled. Relations that have other readers stay as they are.
 */
export async function pushFilter(
  context: CompilerContext,
  relation: Relation,
  conditions: readonly Expression[],
): Promise<Relation> {
  if (conditions.length === 0) return relation;
  if (context.shared.has(relation)) return filterRelation(context, relation, [...conditions]);
  switch (relation.kind) {
    case 'source':
    case 'table':
    case 'values':
    case 'aggregate':
      return filterRelation(context, relation, [...conditions]);
    case 'map':
      return pushThroughMap(context, relation, conditions);
    case 'union': {
      const inputs = await Promise.all(relation.inputs.map((input) => pushFilter(context, input, conditions)));
      return { ...relation, inputs };
    }
    case 'recompute': {
      const ofKey = conditions.filter((one) => readsOnly(one, relation.input, relation.keys, relation));
      const others = conditions.filter((one) => !ofKey.includes(one));
      const bounds = others.filter((one) => isRankBound(one, relation));
      const rest = others.filter((one) => !bounds.includes(one));
      const input = await pushFilter(context, relation.input, ofKey);
      const qualify = [...relation.qualify, ...bounds];
      // Of rows that may be taken back even one that does not qualify may do so later.
      const keepsOnlyResults = relation.keepsOnlyResults && (qualify.length === 0 || input.appendOnly);
      const key = keyOfRanked(relation, bounds) ?? relation.key;
      return filterRelation(context, { ...relation, input, qualify, keepsOnlyResults, key }, rest);
    }
    case 'join':
      return addConditions(context, relation, conditions);
    case 'temporal': {
      const found = relation.columns.filter(({ name }) => relation.found.some((one) => one.name === name));
      const ofLeft = conditions.filter((one) => columnsRead(one, found).size === 0);
      const rest = conditions.filter((one) => !ofLeft.includes(one));
      const left = await pushFilter(context, relation.left, ofLeft);
      return filterRelation(context, { ...relation, left }, rest);
    }
    default:
      return relation satisfies never;
  }
}

/** Every column that the condition reads is one of `names`, which `input` has as well. */
function readsOnly(condition: Expression, input: Relation, names: readonly string[], over: Relation): boolean {
  const read = columnsRead(condition, over.columns);
  const known = new Set(input.columns.map(({ name }) => name));
  return read.size > 0 && [...read].every((name) => names.includes(name) && known.has(name));
}

async function pushThroughMap(
  context: CompilerContext,
  map: MapRelation,
  conditions: readonly Expression[],
): Promise<Relation> {
  const plain = new Map(map.items.map((item) => [item.name, plainColumn(item.expression)] as const));
  const passes = (condition: Expression) =>
    !map.multiplies && [...columnsRead(condition, map.columns)].every((name) => typeof plain.get(name) === 'string');
  const below = conditions.filter(passes).map((condition) => renamed(condition, map.items));
  const above = conditions.filter((condition) => !passes(condition));
  // A filter over a filter is one filter; it sinks only where there is something below for it to shrink.
  const input = below.length > 0 ? await pushFilter(context, map.input, below) : map.input;
  return filterRelation(context, input === map.input ? map : { ...map, input }, above);
}

const renamed = (condition: Expression, items: readonly Item[]): Expression =>
  rewrite(condition, (node) => {
    if (!isColumnRef(node)) return null;
    const item = items.find(({ name }) => name === node.column_names[0]);
    const name = item && plainColumn(item.expression);
    return name == null ? null : ({ ...node, column_names: [name, ...node.column_names.slice(1)] } as Expression);
  });
