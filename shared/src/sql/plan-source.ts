import type { SourcePlan } from '../plan/index.ts';
import { planChanges } from './changes/change-source.ts';
import type { SourceRelation } from './relations/relation.ts';
import { offerOf } from './source-columns.ts';

/** What a lane must parse of a source: the columns that are read, and its event time where the watermark matters. */
export function planSource(relation: SourceRelation, usesWatermark: boolean): SourcePlan {
  const { source, columns: read } = relation;
  if (source.changes) return planChanges(relation);
  const offer = offerOf(source);
  const names = new Set(read.map(({ name }) => name));
  const eventTimeColumn = usesWatermark ? (source.watermark?.column ?? null) : null;
  const wanted = (name: string) => names.has(name) || name.toLowerCase() === eventTimeColumn?.toLowerCase();
  let columns = offer.columns.filter(({ name }) => wanted(name));
  let metadata = offer.metadata.filter(({ name }) => wanted(name));
  // A query such as count(*) reads no column; rows exist only where some column is read, so take the cheapest.
  if (columns.length + metadata.length === 0) {
    columns = offer.columns.slice(0, 1);
    metadata = columns.length > 0 ? [] : offer.metadata.filter(({ field }) => field === 'offset');
  }
  return {
    name: source.name,
    columns,
    metadata: metadata.map(({ name, field }) => ({ name, field })),
    eventTimeColumn,
  };
}
