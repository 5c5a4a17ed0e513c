// The query as relations over relations: what the syntax tree says, with every name resolved. Expressions of a relation
// are over the columns of its input, by their own names alone.

import type { Column } from '../../plan/index.ts';
import type { SourceSpec, TableSpec } from '../../spec/job-spec.ts';
import { type Expression, type FunctionCall, isColumnRef, type TableRef, visit } from '../ast.ts';
import type { MergeableAggregate } from '../mergeable-aggregates.ts';
import type { TimeRole } from '../windows.ts';
import type { TimeBounds } from './time-bounds.ts';

export type RelationColumn = Column & { role: TimeRole | null };

type Common = {
  /** Under names that are distinct whatever their case. */
  columns: RelationColumn[];
  /** Rows are only ever added. */
  appendOnly: boolean;
  /** Columns of which no two rows have the same values; null where none are known. */
  key: string[] | null;
  /** Written in this view or output; none in a job with one output. */
  owner?: Owner;
  /** The view in which it stands, in any job: for people. */
  view?: string;
};

/** Who wrote a part of the job. */
export type Owner = { kind: 'view' | 'output'; name: string };

export type Item = {
  name: string;
  expression: Expression;
  /** What is computed, where the expression holds more than that: state that stems from it goes on while this stays. */
  means?: string;
};

/**
 * What the brokers hold. `versions`: of a source of changes not the rows that there are but all that there were, for a temporal join
 * alone; its key tells which are versions of one row.
 */
export type SourceRelation = Common & { kind: 'source'; source: SourceSpec; versions: boolean };

/** Rows that are there from the start. They never change, or from batch to batch: those of earlier batches have met what there was. */
export type TableRelation = Common & { kind: 'table'; table: TableSpec };

/** Rows that stand in the query; without columns it is one row, which SELECT without FROM has. */
export type ValuesRelation = Common & { kind: 'values'; ref: TableRef };

/** Row by row: filter, project, unnest. */
export type MapRelation = Common & {
  kind: 'map';
  input: Relation;
  items: Item[];
  conditions: Expression[];
  /** An item makes several rows of one. */
  multiplies: boolean;
  /** It may make none of one. */
  drops: boolean;
};

/** All rows of all inputs, whose columns are the same. */
export type UnionRelation = Common & { kind: 'union'; inputs: Relation[] };

export type AggregateKey = Item & { role: TimeRole | null };
export type AggregateItem = { name: string; call: FunctionCall; definition: MergeableAggregate };

/** Groups whose aggregates are made of pieces that add up. */
export type AggregateRelation = Common & {
  kind: 'aggregate';
  input: Relation;
  keys: AggregateKey[];
  /** Columns that follow from a key: window_end beside window_start. */
  derived: { name: string; fromKey: string; sizeMicros: number }[];
  aggregates: AggregateItem[];
  /** Not, where another operator sees the same rows first. */
  countsLate: boolean;
  /** Its aggregates are all `bool_or`. It gives a row when some become true for the first time, and true are only those. */
  firsts: boolean;
};

/** Anything that can be said of the rows of a key alone: whatever touches a key, its answer is computed anew. */
export type RecomputeRelation = Common & {
  kind: 'recompute';
  /** For people: what it computes. */
  what: string;
  input: Relation;
  /** Columns of the input. They are among the items, under the same names. */
  keys: string[];
  /** Columns that are added to the input first, one layer over the other. */
  layers: Item[][];
  items: Item[];
  /** The keys are grouped by. */
  grouped: boolean;
  /** Judged over items that are windows. */
  qualify: Expression[];
  /** All columns of the input are items, and rows that do not qualify never will again: the results are all there is to keep. */
  keepsOnlyResults: boolean;
  countsLate: boolean;
  /** When the watermark ends rows: those of the input that come too late, and results that can change no more. */
  closing: { input: Closing; result: Closing } | null;
};

/** A row is closed when the watermark is at or past the column's value and so much more. */
export type Closing = { column: string; toEndMicros: number };

export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';
export type JoinKey = { left: string; right: string; nullsMatch: boolean };

/** Columns of both sides, of the left one only for semi and anti. Their names are distinct. */
export type JoinRelation = Common & {
  kind: 'join';
  type: JoinType;
  left: Relation;
  right: Relation;
  keys: JoinKey[];
  conditions: Expression[];
  /** How far apart in event time rows match, so that what is kept of them ends; null: it never ends. */
  bounds: TimeBounds | null;
};

/**
 * Rows of the left side, each with the version that a row of the right side had at its time. Columns: those of the left side, and
 * `found` ones of the right side.
 */
export type TemporalRelation = Common & {
  kind: 'temporal';
  type: 'inner' | 'left';
  left: Relation;
  right: SourceRelation;
  keys: JoinKey[];
  /** Of the left side; its rows are final when the watermark has passed it. */
  time: Closing;
  found: { name: string; from: string }[];
};

export type Relation =
  | SourceRelation
  | TableRelation
  | ValuesRelation
  | MapRelation
  | UnionRelation
  | AggregateRelation
  | RecomputeRelation
  | JoinRelation
  | TemporalRelation;

export const inputsOf = (relation: Relation): Relation[] => {
  switch (relation.kind) {
    case 'source':
    case 'table':
    case 'values':
      return [];
    case 'union':
      return relation.inputs;
    case 'join':
    case 'temporal':
      return [relation.left, relation.right];
    default:
      return [relation.input];
  }
};

/** Made of tables and values alone, so that its rows never change. Groups of such are recomputes. */
export function isFixed(relation: Relation): boolean {
  const inputs = inputsOf(relation);
  if (inputs.length === 0) return relation.kind !== 'source';
  return relation.kind !== 'aggregate' && inputs.every(isFixed);
}

export const columnOf = (relation: Relation, name: string): RelationColumn =>
  relation.columns.find((column) => column.name === name)!;

/** Names among `columns` that an expression (or any tree of them) reads. */
export function columnsRead(tree: unknown, columns: readonly Column[]): Set<string> {
  const known = new Set(columns.map(({ name }) => name));
  const read = new Set<string>();
  visit(tree, (node) => {
    if (isColumnRef(node) && known.has(node.column_names[0]!)) read.add(node.column_names[0]!);
    return undefined;
  });
  return read;
}

/** The column that an expression is, if it is nothing else. */
export function plainColumn(expression: Expression): string | null {
  return isColumnRef(expression) && expression.column_names.length === 1 ? expression.column_names[0]! : null;
}

/** `name`, or with a number behind it if that is taken; remembers it. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 1; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`;
  taken.add(free.toLowerCase());
  return free;
}
