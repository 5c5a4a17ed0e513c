import { WEIGHT_COLUMN } from '../../plan/index.ts';
import { changesOf, GONE_COLUMN, PLACE_COLUMNS } from '../change-source.ts';
import { operatorId } from '../plan-hash.ts';
import { identifier } from '../quote.ts';
import type { SourceRelation } from '../relations/relation.ts';
import { list, namesOf, type Piece, type Placed, quoted, type StageDraft } from './draft.ts';
import { newestOperator } from './newest-operator.ts';
import { shuffle } from './shuffle.ts';

const WEIGHT = identifier(WEIGHT_COLUMN);

/** The rows of a source of changes as what comes and goes. `rows`: the lane's. */
export function placeChanges(relation: SourceRelation, rows: Piece, newStage: () => StageDraft): Placed {
  const { source, key } = relation;
  const columns = relation.columns.map(({ name, type }) => ({ name, type }));
  const changes = `(${changesOf(relation, rows.from, WEIGHT_COLUMN)})`;
  if (key === null) {
    const names = quoted(namesOf(columns));
    const grouped = names.length > 0 ? ` GROUP BY ${list(names)}` : '';
    const summed = list([...names, `CAST(sum(${WEIGHT}) AS INTEGER) AS ${WEIGHT}`]);
    const from = `(SELECT ${summed} FROM ${changes}${grouped} HAVING sum(${WEIGHT}) <> 0)`;
    return { pieces: [{ stage: rows.stage, from }], columns, weighted: true, partitionedBy: null };
  }
  const id = operatorId('newest', { source: source.name, key, columns });
  const changed = [...columns, GONE_COLUMN, ...PLACE_COLUMNS];
  const input: Placed = {
    ...{ pieces: [{ stage: rows.stage, from: changes }], columns: changed, weighted: false, partitionedBy: null },
  };
  const stage = newStage();
  const { from } = shuffle(stage, id, input, key);
  const made = newestOperator({ id, source: source.name, from, keys: key, columns });
  stage.operators.push(made.operator);
  return { pieces: [{ stage, from: made.output }], columns, weighted: true, partitionedBy: [...key] };
}
