import { operatorId } from '../plan-hash.ts';
import { columnOf, inputsOf, type MapRelation, plainColumn, type Relation } from '../relations/relation.ts';

/** Filters do not count, nor do columns that only pass: state goes on when they change. */
export function lineageOf(relation: Relation, known: ReadonlyMap<Relation, string>): string {
  const inputs = inputsOf(relation).map((input) => known.get(input)!);
  switch (relation.kind) {
    case 'source':
      return relation.source.name;
    case 'map': {
      const made = relation.items.filter(
        ({ expression, name }) => plainColumn(expression) !== name && !isBound(relation, name),
      );
      return made.length === 0 ? inputs[0]! : operatorId('map', [inputs, made.map(withoutPlaces)]);
    }
    case 'union':
      return operatorId('union', inputs);
    case 'aggregate':
      return operatorId('groups', [inputs, withoutPlaces(relation.keys), withoutPlaces(relation.aggregates)]);
    case 'recompute':
      return operatorId('recompute', [
        inputs,
        relation.keys,
        withoutPlaces([relation.layers, relation.items, relation.qualify]),
      ]);
    case 'join':
      return operatorId('join', [inputs, relation.type, relation.keys, withoutPlaces(relation.conditions)]);
    default:
      return relation satisfies never;
  }
}

/** Bounds of windows are told by the role of the key that they become. */
const isBound = (relation: MapRelation, name: string): boolean => {
  const { role } = columnOf(relation, name);
  return role !== null && role.kind !== 'eventTime' && role.onWatermark;
};

const withoutPlaces = (tree: unknown): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value) => (key === 'query_location' || key === 'alias' ? undefined : value)));
