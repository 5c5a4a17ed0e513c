import type { TableSpec } from '../../spec/job-spec.ts';
import { operatorId, sha256 } from '../plan-hash.ts';
import { inOrder } from '../relations/prune.ts';
import {
  columnOf,
  type Item,
  inputsOf,
  isFixed,
  type JoinRelation,
  type MapRelation,
  plainColumn,
  type Relation,
  type SourceRelation,
} from '../relations/relation.ts';
import { isForgetfulDistinct } from '../relations/state-ttl.ts';

/** Filters do not count, nor do columns that only pass: state goes on when they change. */
export function lineageOf(relation: Relation, known: ReadonlyMap<Relation, string>): string {
  const inputs = inputsOf(relation).map((input) => known.get(input)!);
  switch (relation.kind) {
    case 'source':
      return sourceLineage(relation);
    case 'table':
      return `table:${relation.table.name}`;
    case 'values':
      return operatorId('values', [withoutPlaces(relation.ref)]);
    case 'map': {
      const made = relation.items.filter(
        ({ expression, name }) => plainColumn(expression) !== name && !isBound(relation, name),
      );
      return made.length === 0 ? inputs[0]! : operatorId('map', [inputs, made.map(meaningOf)]);
    }
    case 'union':
      return operatorId('union', inputs);
    case 'aggregate':
      return operatorId('groups', [
        ...[inputs, withoutPlaces(relation.keys), withoutPlaces(relation.aggregates)],
        // What follows it keeps weights, where it kept none before.
        ...(isForgetfulDistinct(relation) ? ['forgets'] : []),
      ]);
    case 'recompute':
      return operatorId('recompute', [
        inputs,
        relation.keys,
        withoutPlaces([relation.layers, relation.items, relation.qualify]),
      ]);
    case 'join':
      return operatorId('join', [
        ...[inputs, relation.type, relation.keys, withoutPlaces(relation.conditions)],
        ...contentsJoined(relation),
      ]);
    case 'temporal':
      return operatorId('temporal', [inputs, relation.type, relation.keys, relation.time, relation.found]);
    default:
      return relation satisfies never;
  }
}

/** What changes leave behind depends on what tells rows apart and, of versions, on their time. */
function sourceLineage({ source: { name, changes, watermark }, versions }: SourceRelation): string {
  if (!changes) return name;
  return versions ? operatorId('versions', [name, changes, watermark!.column]) : operatorId('changes', [name, changes]);
}

/**
 * A row that is taken back must meet the same row of a table as when it came, so what is kept of such a join holds for that
 * content only. Rows that stay need not: what they met then goes on to count.
 */
export function contentsJoined(join: JoinRelation): unknown[] {
  const fixed = join.appendOnly ? [] : inputsOf(join).filter(isFixed);
  return inOrder(...fixed).flatMap((one) => (one.kind === 'table' ? [sha256(contentOf(one.table))] : []));
}

/** Not that a key is declared. */
function contentOf({ key: _, ...content }: TableSpec): unknown {
  return content;
}

/** Bounds of windows are told by the role of the key that they become. */
const isBound = (relation: MapRelation, name: string): boolean => {
  const { role } = columnOf(relation, name);
  return role !== null && role.kind !== 'eventTime' && role.onWatermark;
};

const meaningOf = ({ means, ...item }: Item): unknown =>
  means === undefined ? withoutPlaces(item) : [item.name, means];

export const withoutPlaces = (tree: unknown): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value) => (key === 'query_location' || key === 'alias' ? undefined : value)));
