import { type Column, PARTITION_COLUMN, partitionOf, WEIGHT_COLUMN } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import { refuseLossy } from './aggregate-shape.ts';
import {
  createTable,
  list,
  namesOf,
  operator,
  type Piece,
  type Placed,
  quoted,
  type StageDraft,
  WEIGHTED_COLUMN,
} from './draft.ts';

/** Brings the rows of a relation to the stage, to the task that serves their key there. */
export function shuffle(stage: StageDraft, id: string, placed: Placed, keys: readonly string[]): Piece {
  const names = namesOf(placed.columns);
  const columns = [
    ...placed.columns.map(({ name, type }) => ({ name, type })),
    ...(placed.weighted ? [WEIGHTED_COLUMN] : []),
  ];
  refuseLossy(columns);
  const partition = `${partitionOf(quoted(keys))} AS ${identifier(PARTITION_COLUMN)}`;
  const weight = placed.weighted ? [identifier(WEIGHT_COLUMN)] : [];
  const shuffles = placed.pieces.map(({ stage: from, from: rows }, index) => {
    const table = `${id}_shuffled_${index}`;
    const sql = createTable(table, `SELECT ${list([...quoted(names), ...weight, partition])} FROM ${rows}`);
    from.operators.push(
      operator(table, 'shuffle', `Send rows by ${keys.length > 0 ? keys.join(', ') : 'nothing: all to one task'}`, [
        sql,
      ]),
    );
    return addShuffle(from, table, columns);
  });
  const relation = `${id}_input`;
  stage.inputs.push({ kind: 'shuffle', shuffles, relation, columns });
  return { stage, from: identifier(relation) };
}

export function addShuffle(stage: StageDraft, relation: string, columns: Column[]): string {
  stage.outputs.push({ kind: 'shuffle', id: relation, relation, columns });
  return relation;
}
