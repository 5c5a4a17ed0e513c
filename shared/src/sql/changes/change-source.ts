// Sources whose records are changes of a table: what a lane parses of them, and the SELECTs that make changes of its rows.

import type { SourcePlan } from '../../plan/index.ts';
import type { SourceRelation } from '../relations/relation.ts';
import { type ChangeReader, type ChangesRead, changesRead } from './change-columns.ts';
import { envelopes, imagesOf } from './envelopes.ts';
import { upserts } from './upserts.ts';

const readerOf = ({ changes }: ChangesRead): ChangeReader => (changes.kind === 'upsert' ? upserts : envelopes);

export function planChanges(relation: SourceRelation): SourcePlan {
  const read = changesRead(relation);
  return readerOf(read).plan(read);
}

/** See ChangeReader. */
export function changesOf(relation: SourceRelation, from: string): string {
  const read = changesRead(relation);
  const columns = relation.columns.map(({ name }) => name);
  return readerOf(read).select(read, columns, from);
}

/** SELECT of what comes and goes where no key is known: the columns of the relation and `weight`. */
export const weightedChangesOf = (relation: SourceRelation, from: string, weight: string): string =>
  imagesOf(changesRead(relation), from, weight);
