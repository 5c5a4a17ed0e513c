import { type Column, ONLY_OUTPUT, type Operator } from '../../plan/index.ts';
import type { OutputMode } from '../../spec/job-spec.ts';
import { operatorId, ownedId } from '../plan-hash.ts';
import { identifier } from '../quote.ts';
import type { Closing, Relation } from '../relations/relation.ts';
import { isColocated, namesOf, type Piece, type Placed, type StageDraft } from './draft.ts';
import type { Placement } from './place-relations.ts';
import { shuffle } from './shuffle.ts';
import { addedRows, changedRows, collectOperator, holdOperator, OP_COLUMN, upsertedRows } from './sink-operators.ts';

export type SinkShape = {
  mode: OutputMode;
  /** Null: the only one. */
  name: string | null;
  /** Columns of the query. */
  output: Column[];
  /** Of the root, by which its rows are told apart. */
  key: string[] | null;
  /** The last aggregate's emission is what the sink wants already. */
  isFinal: boolean;
  /** By which held rows are let go. */
  closing: (Closing & { everyMs: number }) | null;
};

/** Hands what the root puts out to its sink. Gives the operators that keep rows for that. */
export function placeSink(root: Relation, { stages, placed, lineage }: Placement, shape: SinkShape): Operator[] {
  const place = placed.get(root)!;
  const { mode, name, output, key, isFinal, closing } = shape;
  const ofRows = operatorId('sink', lineage.get(root));
  const isNamed = name !== null && name !== ONLY_OUTPUT;
  const id = isNamed ? ownedId(ofRows, { kind: 'output', name }) : ofRows;
  const resultOf = ({ from }: Piece, { columns, weighted }: Placed) => ({
    from,
    columns: columns.slice(0, output.length),
    weighted,
  });
  const toSink = (stage: StageDraft, sql: string) =>
    void stage.outputs.push({ kind: 'sink', sql, ...(isNamed && { output: name }) });
  if (isFinal || (mode === 'append' && !place.weighted)) {
    for (const { stage, sql } of oneForEachStage(place, (piece) => addedRows(resultOf(piece, place), output)))
      toSink(stage, sql);
    return [];
  }
  switch (mode) {
    case 'changelog': {
      const rows = (piece: Piece) => changedRows(resultOf(piece, place), output);
      // What goes comes before what is put in its place.
      const order = place.weighted ? ` ORDER BY ${identifier(OP_COLUMN)} DESC` : '';
      for (const { stage, sql } of oneForEachStage(place, rows)) toSink(stage, `SELECT * FROM (${sql})${order}`);
      return [];
    }
    case 'update': {
      const { piece, from } = isColocated(place, key!)
        ? { piece: place.pieces[0]!, from: place }
        : gathered(stages, id, place, key!);
      toSink(piece.stage, upsertedRows(resultOf(piece, from), output, key!));
      return [];
    }
    case 'append':
    case 'complete': {
      // What is made from a source has no home yet: rows that are kept need one, the same for all that are equal.
      const homeless = place.partitionedBy === null;
      const { pieces } = homeless ? gathered(stages, id, place, namesOf(place.columns)).from : place;
      return pieces.map((piece, index) => {
        const own = index === 0 ? id : `${id}_${index}`;
        const result = { from: piece.from, columns: place.columns, weighted: place.weighted };
        const made =
          mode === 'append'
            ? holdOperator(own, result, output, closing!, homeless)
            : collectOperator(own, result, output);
        piece.stage.operators.push(made.operator);
        toSink(piece.stage, made.sql);
        return made.operator;
      });
    }
    default:
      return mode satisfies never;
  }
}

/** A stage has one output to each sink, so pieces of one stage go together. */
function oneForEachStage({ pieces }: Placed, sqlOf: (piece: Piece) => string): { stage: StageDraft; sql: string }[] {
  return [...Map.groupBy(pieces, ({ stage }) => stage)].map(([stage, own]) => ({
    stage,
    sql: own.map(sqlOf).join('\nUNION ALL '),
  }));
}

/** Rows of one key in one place, as only together they tell what there is now. */
function gathered(
  stages: StageDraft[],
  id: string,
  place: Placed,
  key: readonly string[],
): { piece: Piece; from: Placed } {
  const stage: StageDraft = {
    id: `s${stages.length}`,
    inputs: [],
    operators: [],
    outputs: [],
  };
  stages.push(stage);
  const piece = shuffle(stage, id, place, key);
  return { piece, from: { ...place, pieces: [piece], partitionedBy: [...key] } };
}
