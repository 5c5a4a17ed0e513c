// A plan while it is being put together: which stage makes which relation.

import {
  type Column,
  type Operator,
  PARTITION_COLUMN,
  type ShuffleInput,
  type SourceInput,
  type Stage,
  WEIGHT_COLUMN,
} from '../../plan/index.ts';
import { identifier } from '../quote.ts';

export type StageDraft = {
  id: string;
  inputs: (SourceInput | ShuffleInput)[];
  operators: Operator[];
  outputs: Stage['outputs'];
};

/** A change set in one stage: `from` is what stands behind FROM. */
export type Piece = { stage: StageDraft; from: string };

export type Placed = {
  /** Its rows are those of all pieces. */
  pieces: Piece[];
  columns: Column[];
  /** It has WEIGHT_COLUMN. */
  weighted: boolean;
  /** Columns by which its rows are partitioned, and it has PARTITION_COLUMN; null where it is made from a source. */
  partitionedBy: string[] | null;
};

/** Partitioned by columns that are gone: never by what an operator needs. */
export const ELSEWHERE = ['\u0000'];

export const list = (items: readonly string[]): string => items.join(', ');
export const quoted = (names: readonly string[]): string[] => names.map(identifier);
export const namesOf = (columns: readonly { name: string }[]): string[] => columns.map(({ name }) => name);

/** Quoted names of all columns of a placed relation, with those that ride along. */
export function allColumns({
  columns,
  weighted,
  partitionedBy,
}: Pick<Placed, 'columns' | 'weighted' | 'partitionedBy'>): string[] {
  return quoted([...namesOf(columns), ...ridingAlong({ weighted, partitionedBy })]);
}

export const ridingAlong = ({ weighted, partitionedBy }: Pick<Placed, 'weighted' | 'partitionedBy'>): string[] => [
  ...(partitionedBy === null ? [] : [PARTITION_COLUMN]),
  ...(weighted ? [WEIGHT_COLUMN] : []),
];

export const createTable = (name: string, select: string): string =>
  `CREATE OR REPLACE TEMP TABLE ${identifier(name)} AS\n${select}`;

/** Whether rows that agree in `keys` are in one partition already. */
export const isColocated = ({ pieces, partitionedBy }: Placed, keys: readonly string[]): boolean =>
  pieces.length === 1 && partitionedBy !== null && partitionedBy.every((name) => keys.includes(name));

/** An operator without state. */
export function operator(id: string, kind: string, description: string, statements: string[]): Operator {
  return { id, kind, description, statements, counters: [], lateRows: null, state: null };
}

export const WEIGHTED_COLUMN: Column = { name: WEIGHT_COLUMN, type: 'INTEGER' };
