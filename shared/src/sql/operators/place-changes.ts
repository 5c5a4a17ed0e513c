import { WEIGHT_COLUMN } from '../../plan/index.ts';
import { GONE_COLUMN, PLACE_COLUMNS, SINCE_COLUMN } from '../changes/change-columns.ts';
import { changesOf, weightedChangesOf } from '../changes/change-source.ts';
import { operatorId } from '../plan-hash.ts';
import type { SourceRelation } from '../relations/relation.ts';
import { type Builder, keeperId, newStage } from './builder.ts';
import { list, namesOf, type Piece, type Placed, quoted } from './draft.ts';
import { newestOperator } from './newest-operator.ts';
import { WEIGHT } from './own-columns.ts';
import { shuffle } from './shuffle.ts';

/** The rows of a source of changes as what comes and goes, or its versions as they come. `rows`: the lane's. */
export function placeChanges(relation: SourceRelation, rows: Piece, builder: Builder): Placed {
  const { source, key, versions } = relation;
  const columns = relation.columns.map(({ name, type }) => ({ name, type }));
  if (key === null) return placeImages(relation, rows);
  const input: Placed = {
    pieces: [{ stage: rows.stage, from: `(${changesOf(relation, rows.from)})` }],
    columns: [...columns, GONE_COLUMN, ...PLACE_COLUMNS, ...(versions ? [SINCE_COLUMN] : [])],
    ...{ weighted: false, partitionedBy: null },
  };
  if (versions) return input;
  const id = keeperId(builder, relation, operatorId('newest', { source: source.name, key, columns }));
  const stage = newStage(builder);
  const { from } = shuffle(stage, id, input, key);
  const made = newestOperator({ id, source: source.name, from, keys: key, columns });
  stage.operators.push(made.operator);
  return { pieces: [{ stage, from: made.output }], columns, weighted: true, partitionedBy: [...key] };
}

/** What comes and goes within one task is none of anybody's business. */
function placeImages(relation: SourceRelation, { stage, from: rows }: Piece): Placed {
  const names = quoted(namesOf(relation.columns));
  const grouped = names.length > 0 ? ` GROUP BY ${list(names)}` : '';
  const summed = list([...names, `CAST(sum(${WEIGHT}) AS INTEGER) AS ${WEIGHT}`]);
  const changes = `(${weightedChangesOf(relation, rows, WEIGHT_COLUMN)})`;
  const from = `(SELECT ${summed} FROM ${changes}${grouped} HAVING sum(${WEIGHT}) <> 0)`;
  return { pieces: [{ stage, from }], columns: relation.columns, weighted: true, partitionedBy: null };
}
