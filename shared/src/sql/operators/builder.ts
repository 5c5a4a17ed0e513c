import type { SqlFrontend } from '../frontend.ts';
import type { AggregateRelation, Relation } from '../relations/relation.ts';
import type { Emission } from './aggregate-sql.ts';
import type { Placed, StageDraft } from './draft.ts';
import type { OperatorIds } from './operator-ids.ts';
import type { Render } from './render.ts';

export type PlaceContext = {
  frontend: SqlFrontend;
  render: Render;
  /** The job has a stateTtl. */
  ttl: boolean;
  /** What the last aggregate puts out where the sink reads nothing else of it; null: its changes. */
  emissionOf(relation: AggregateRelation): Emission | null;
};

/** What is placed so far. */
export type Builder = PlaceContext & {
  sources: StageDraft[];
  reducers: StageDraft[];
  placed: Map<Relation, Placed>;
  /** Relations made of tables alone are in every stage: what stands behind FROM. */
  fixed: Map<Relation, string>;
  lineage: Map<Relation, string>;
  keepers: Map<Relation, string>;
  readers: ReadonlyMap<Relation, number>;
  ids: OperatorIds;
};

/** The name under which the state of a relation is kept. */
export function keeperId({ ids, keepers }: Builder, relation: Relation, wanted: string): string {
  const id = ids.take(wanted, relation.owner);
  keepers.set(relation, id);
  return id;
}

export function newStage({ reducers }: Builder): StageDraft {
  const stage: StageDraft = { id: '', inputs: [], operators: [], outputs: [] };
  reducers.push(stage);
  return stage;
}
