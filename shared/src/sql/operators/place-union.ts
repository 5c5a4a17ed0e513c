import { type Column, WEIGHT_COLUMN } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import type { Relation } from '../relations/relation.ts';
import { ELSEWHERE, list, namesOf, type Piece, type Placed, quoted, ridingAlong } from './draft.ts';

/** The pieces of all inputs, which become one where they are in one stage and partitioned alike. */
export function placeUnion(
  { placed }: { placed: ReadonlyMap<Relation, Placed> },
  inputs: readonly Relation[],
  columns: readonly Column[],
  weighted: boolean,
): Placed {
  const sides = inputs.map((input) => placed.get(input)!);
  const names = quoted(namesOf(columns));
  const partitioned = sides.every(({ partitionedBy }) => partitionedBy !== null);
  const pieces = sides.flatMap((side) =>
    side.pieces.map(({ stage, from }): Piece => {
      const weight = side.weighted || !weighted ? [] : [`1 AS ${identifier(WEIGHT_COLUMN)}`];
      const along = quoted(
        ridingAlong({ partitionedBy: partitioned ? side.partitionedBy : null, weighted: side.weighted }),
      );
      return { stage, from: `(SELECT ${list([...names, ...along, ...weight])} FROM ${from})` };
    }),
  );
  const first = JSON.stringify(sides[0]!.partitionedBy);
  const alike = sides.every(({ partitionedBy }) => JSON.stringify(partitionedBy) === first);
  const oneStage = partitioned && alike && pieces.every(({ stage }) => stage === pieces[0]!.stage);
  const merged = oneStage
    ? [{ stage: pieces[0]!.stage, from: `(${pieces.map(({ from }) => `SELECT * FROM ${from}`).join(' UNION ALL ')})` }]
    : pieces;
  return {
    pieces: merged,
    columns: [...columns],
    weighted,
    partitionedBy: partitioned ? (alike ? sides[0]!.partitionedBy : ELSEWHERE) : null,
  };
}
