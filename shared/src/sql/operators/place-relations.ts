// From relations to stages: what is computed where its rows are, what has to be shuffled first, and which operators do it.

import { MillraceError } from '../../errors/index.ts';
import type { SqlFrontend } from '../frontend.ts';
import { operatorId } from '../plan-hash.ts';
import { identifier } from '../quote.ts';
import { inOrder, readersOf } from '../relations/prune.ts';
import {
  type AggregateRelation,
  isFixed,
  type JoinRelation,
  type MapRelation,
  plainColumn,
  type RecomputeRelation,
  type Relation,
  type SourceRelation,
} from '../relations/relation.ts';
import { groupsExpire, recomputeExpires, sideExpires } from '../relations/state-ttl.ts';
import { closingOfSides, keptOfSides } from '../relations/time-bounds.ts';
import { aggregateShape, refuseLossy } from './aggregate-shape.ts';
import {
  distinctColumns,
  type Emission,
  eventTimeOf,
  lateRowsCounter,
  lateRowsQuery,
  mergeStatement,
  outputQuery,
  partialStatement,
  stateTable,
} from './aggregate-sql.ts';
import { describeAggregate } from './describe-aggregate.ts';
import {
  allColumns,
  createTable,
  ELSEWHERE,
  isColocated,
  list,
  operator,
  type Piece,
  type Placed,
  quoted,
  ridingAlong,
  type StageDraft,
} from './draft.ts';
import { joinOperators } from './join-operator.ts';
import { partitionOfJoin, sharedStage } from './join-stage.ts';
import { lineageOf } from './lineage.ts';
import { createOperatorIds, type OperatorIds } from './operator-ids.ts';
import { placeChanges } from './place-changes.ts';
import { placeTemporal } from './place-temporal.ts';
import { placeUnion } from './place-union.ts';
import { recomputeOperators } from './recompute-operator.ts';
import { mapSql, type Render } from './render.ts';
import { addShuffle, shuffle } from './shuffle.ts';
import { fixedSql, placeTableJoin } from './table-join.ts';

export type Placement = {
  stages: StageDraft[];
  /** Where each relation is. */
  placed: ReadonlyMap<Relation, Placed>;
  /** What a relation's rows stem from: equal for equal computations, whatever is filtered on the way. */
  lineage: ReadonlyMap<Relation, string>;
  /** Which operator keeps the state of a relation. */
  keepers: ReadonlyMap<Relation, string>;
};

export type PlaceContext = {
  frontend: SqlFrontend;
  render: Render;
  /** The job has a stateTtl. */
  ttl: boolean;
  /** What the last aggregate puts out where the sink reads nothing else of it; null: its changes. */
  emissionOf(relation: AggregateRelation): Emission | null;
};

type Builder = PlaceContext & {
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

/** Roots and what is below them, each relation once. */
export async function placeRelations(roots: readonly Relation[], context: PlaceContext): Promise<Placement> {
  const ids = createOperatorIds();
  const placement = await placeAll(roots, context, ids);
  const claimed = ids.claimedByMany();
  return claimed.size === 0 ? placement : placeAll(roots, context, createOperatorIds(claimed));
}

async function placeAll(roots: readonly Relation[], context: PlaceContext, ids: OperatorIds): Promise<Placement> {
  const readers = readersOf(roots);
  const builder: Builder = {
    ...context,
    ...{ sources: [], reducers: [], placed: new Map(), fixed: new Map(), lineage: new Map(), keepers: new Map() },
    ...{ readers, ids },
  };
  for (const relation of inOrder(...roots)) {
    builder.lineage.set(relation, lineageOf(relation, builder.lineage));
    if (isFixed(relation)) {
      builder.fixed.set(relation, await fixedSql(relation, builder));
      continue;
    }
    const placed = await place(builder, relation);
    builder.placed.set(relation, readers.get(relation)! > 1 ? once(builder, relation, placed) : placed);
  }
  const stages = [...builder.sources, ...builder.reducers];
  stages.forEach((stage, index) => {
    stage.id = `s${index}`;
  });
  return { stages, placed: builder.placed, lineage: builder.lineage, keepers: builder.keepers };
}

function place(builder: Builder, relation: Relation): Placed | Promise<Placed> {
  switch (relation.kind) {
    case 'source':
      return placeSource(builder, relation);
    case 'table':
    case 'values':
      throw new MillraceError('INTERNAL', 'Rows that never change are in no stage of their own.');
    case 'map':
      return placeMap(builder, relation);
    case 'union':
      return placeUnion(builder, relation.inputs, relation.columns, !relation.appendOnly);
    case 'aggregate':
      return placeAggregate(builder, relation);
    case 'recompute':
      return placeRecompute(builder, relation);
    case 'join':
      return placeJoin(builder, relation);
    case 'temporal':
      return placeTemporal(relation, builder, newStage(builder));
    default:
      return relation satisfies never;
  }
}

/** The name under which the state of a relation is kept. */
function keeperId({ ids, keepers }: Builder, relation: Relation, wanted: string): string {
  const id = ids.take(wanted, relation.owner);
  keepers.set(relation, id);
  return id;
}

/** Makes a table of what several read. */
function once(builder: Builder, relation: Relation, placed: Placed): Placed {
  const id = builder.ids.take(operatorId('shared', builder.lineage.get(relation)), relation.owner);
  const pieces = placed.pieces.map(({ stage, from }, index) => {
    if (/^"[^"]*"$/.test(from)) return { stage, from };
    const table = index === 0 ? id : `${id}_${index}`;
    const sql = createTable(table, `SELECT ${list(allColumns(placed))} FROM ${from}`);
    stage.operators.push(operator(table, 'project', 'Compute what several operators read', [sql]));
    return { stage, from: identifier(table) };
  });
  return { ...placed, pieces };
}

function placeSource(builder: Builder, relation: SourceRelation): Placed {
  const { sources } = builder;
  const id = `s${sources.length}`;
  const table = `${id}_input`;
  const stage: StageDraft = {
    id,
    inputs: [{ kind: 'source', source: relation.source.name, relation: table, readOnce: false, eventTimeSql: null }],
    operators: [],
    outputs: [],
  };
  sources.push(stage);
  if (relation.source.changes)
    return placeChanges(
      relation,
      { stage, from: identifier(table) },
      {
        ...builder,
        newStage: () => newStage(builder),
      },
    );
  return {
    pieces: [{ stage, from: identifier(table) }],
    columns: relation.columns,
    weighted: false,
    partitionedBy: null,
  };
}

async function placeMap({ placed, render }: Builder, relation: MapRelation): Promise<Placed> {
  const input = placed.get(relation.input)!;
  const { selected, where } = await mapSql(relation, render);
  const items = [...selected, ...quoted(ridingAlong(input))];
  const pieces = input.pieces.map(({ stage, from }) => ({
    stage,
    from: `(SELECT ${list(items.length > 0 ? items : ['1 AS __one'])} FROM ${from}${where})`,
  }));
  const names = input.partitionedBy?.map(
    (key) => relation.items.find(({ expression }) => plainColumn(expression) === key)?.name ?? null,
  );
  // Rows stay where they are; by what, only the columns that are left can tell.
  const partitionedBy = names === undefined ? null : names.every((name) => name !== null) ? names : ELSEWHERE;
  return {
    pieces,
    columns: relation.columns,
    weighted: input.weighted,
    partitionedBy: partitionedBy as string[] | null,
  };
}

function newStage({ reducers }: Builder): StageDraft {
  const stage: StageDraft = { id: '', inputs: [], operators: [], outputs: [] };
  reducers.push(stage);
  return stage;
}

async function placeAggregate(builder: Builder, relation: AggregateRelation): Promise<Placed> {
  const input = builder.placed.get(relation.input)!;
  const { frontend, render, lineage } = builder;
  const emission =
    builder.emissionOf(relation) ?? (relation.firsts ? 'firsts' : relation.appendOnly ? 'additions' : 'changes');
  const output = { emission, expires: builder.ttl && groupsExpire(relation) };
  const shape = await aggregateShape(relation, lineage.get(relation.input)!, output, frontend, render);
  shape.operatorId = keeperId(builder, relation, shape.operatorId);
  shape.input = `${shape.operatorId}_input`;
  const columns = [...shape.keys, ...shape.accumulators].map(({ name, type }) => ({ name, type }));
  const keyColumns = shape.keys.map(({ sql }) => sql.replaceAll('"', ''));
  const colocated = isColocated(input, keyColumns);
  const stage = colocated ? input.pieces[0]!.stage : newStage(builder);
  const described = describeAggregate(shape);
  const partialId = builder.ids.take(
    operatorId('partial', {
      source: lineage.get(relation.input)!,
      keys: shape.keys,
      accumulators: shape.accumulators.map(({ type, ...one }) => one),
    }),
    relation.owner,
  );
  const shuffles: string[] = [];
  for (const [index, piece] of input.pieces.entries()) {
    const id = index === 0 ? partialId : `${partialId}_${index}`;
    const table = `${id}_output`;
    const time = eventTimeThrough(builder, relation.input, piece.stage);
    const late = shape.closing && relation.countsLate && input.partitionedBy === null;
    piece.stage.operators.push({
      ...operator(id, 'partialAggregate', `Pre-aggregate ${described}`, [
        partialStatement(table, piece.from, shape, time),
      ]),
      lateRows: late
        ? {
            operatorId: shape.operatorId,
            countSql: lateRowsCounter(shape, shape.rows!, table),
            sql: lateRowsQuery(shape.closing!, shape.keys, piece.from, input.columns),
            columns: distinctColumns(input.columns.map(({ name, type }) => ({ name, type }))),
          }
        : null,
    });
    const source = piece.stage.inputs[0]!;
    if (source.kind === 'source' && time !== null) source.eventTimeSql = eventTimeOf(table);
    if (!colocated) shuffles.push(addShuffle(piece.stage, table, columns));
    else shape.input = table;
  }
  if (!colocated) stage.inputs.push({ kind: 'shuffle', shuffles, relation: shape.input, columns });
  stage.operators.push({
    ...operator(
      shape.operatorId,
      'aggregate',
      `Aggregate ${described}${shape.closing ? `, until the watermark closes ${shape.closing.key}` : ''}`,
      [mergeStatement(shape)],
    ),
    counters:
      shape.closing && relation.countsLate
        ? [{ name: 'lateRows', sql: lateRowsCounter(shape, shape.rows!, shape.input) }]
        : [],
    state: stateTable(shape),
  });
  const partitionedBy = colocated ? input.partitionedBy! : shape.keys.map(({ name }) => name);
  return {
    pieces: [{ stage, from: `(${outputQuery(shape)})` }],
    columns: relation.columns,
    weighted: !relation.appendOnly,
    partitionedBy,
  };
}

/** The source's event time, where every record reaches the relation in this stage and its time with it. */
function eventTimeThrough({ readers }: Builder, relation: Relation, stage: StageDraft): string | null {
  let [at, name] = [relation, null as string | null];
  const path: MapRelation[] = [];
  for (; at.kind === 'map'; at = at.input) {
    if (at.drops || readers.get(at)! > 1) return null;
    path.push(at);
  }
  if (at.kind !== 'source' || readers.get(at)! > 1 || stage.inputs[0]?.kind !== 'source') return null;
  const time = at.columns.find(({ role }) => role?.kind === 'eventTime');
  if (!time) return null;
  name = time.name;
  for (const map of path.toReversed()) {
    const from: string | null = name;
    name = map.items.find(({ expression }) => plainColumn(expression) === from)?.name ?? null;
    if (name === null) return null;
  }
  return name;
}

/** One piece in a stage of its own or, where the rows are together already, in theirs. */
function together(
  builder: Builder,
  id: string,
  input: Placed,
  keys: readonly string[],
): { piece: Piece; partitionedBy: string[] } {
  if (isColocated(input, keys)) return { piece: input.pieces[0]!, partitionedBy: input.partitionedBy! };
  return { piece: shuffle(newStage(builder), id, input, keys), partitionedBy: [...keys] };
}

async function placeRecompute(builder: Builder, relation: RecomputeRelation): Promise<Placed> {
  const { render, lineage } = builder;
  const input = builder.placed.get(relation.input)!;
  const { keys, grouped, keepsOnlyResults, closing, countsLate, what } = relation;
  const rendered = (items: RecomputeRelation['items']) =>
    Promise.all(items.map(async ({ name, expression }) => ({ name, sql: await render(expression) })));
  const layers = await Promise.all(relation.layers.map(rendered));
  const items = await rendered(relation.items);
  const qualify = await Promise.all(relation.qualify.map(render));
  const columns = relation.columns.map(({ name, type }) => ({ name, type }));
  refuseLossy(columns);
  const inputColumns = input.columns.map(({ name, type }) => ({ name, type }));
  const identity = {
    source: lineage.get(relation.input)!,
    keys,
    grouped,
    keepsOnlyResults,
    layers,
    items,
    qualify,
    inputColumns,
    columns,
  };
  const id = keeperId(builder, relation, operatorId('recompute', identity));
  const { piece, partitionedBy } = together(builder, id, input, keys);
  const shape = {
    ...{ id, keys, grouped, keepsOnlyResults, closing, countsLate, what, layers, items, qualify, columns },
    expires: builder.ttl ? recomputeExpires(relation) : null,
    input: { from: piece.from, columns: inputColumns, weighted: input.weighted },
  };
  const { operators, output } = recomputeOperators(shape);
  piece.stage.operators.push(...operators);
  return { pieces: [{ stage: piece.stage, from: identifier(output) }], columns, weighted: true, partitionedBy };
}

async function placeJoin(builder: Builder, relation: JoinRelation): Promise<Placed> {
  if (builder.fixed.has(relation.left) || builder.fixed.has(relation.right)) return placeTableJoin(relation, builder);
  const { render, lineage } = builder;
  const { type, keys } = relation;
  const [left, right] = [builder.placed.get(relation.left)!, builder.placed.get(relation.right)!];
  const conditions = await Promise.all(relation.conditions.map(render));
  const columns = relation.columns.map(({ name, type }) => ({ name, type }));
  const plain = (placed: Placed) => placed.columns.map(({ name, type }) => ({ name, type }));
  const identity = {
    ...{ left: lineage.get(relation.left), right: lineage.get(relation.right), type, keys, conditions },
    ...{ leftColumns: plain(left), rightColumns: plain(right) },
  };
  const id = keeperId(builder, relation, operatorId('join', identity));
  const [leftKeys, rightKeys] = [keys.map((key) => key.left), keys.map((key) => key.right)];
  const here = sharedStage(left, right, keys);
  const stage = here ?? newStage(builder);
  const bring = (side: Placed, name: string, names: string[]) =>
    here ? side.pieces[0]! : shuffle(stage, `${id}_${name}`, side, names);
  const [l, r] = [bring(left, 'left', leftKeys), bring(right, 'right', rightKeys)];
  const closing = relation.bounds && closingOfSides(relation, relation.bounds);
  const kept = relation.bounds && keptOfSides(type, relation, relation.bounds);
  const sideOf = (name: 'left' | 'right', { weighted, columns: all }: Placed, { from }: Piece) => ({
    ...{ from, columns: all.map((one) => ({ name: one.name, type: one.type })), weighted },
    closing: closing && kept && { ...closing[name], keptMicros: kept[name] },
    expires: builder.ttl && sideExpires(relation, name),
  });
  const shape = {
    ...{ id, type, keys, conditions, columns, weighted: !relation.appendOnly },
    left: sideOf('left', left, l),
    right: sideOf('right', right, r),
  };
  const { operators, output } = joinOperators(shape);
  stage.operators.push(...operators);
  const by = here ? left.partitionedBy! : partitionOfJoin(relation);
  return { pieces: [{ stage, from: identifier(output) }], columns, weighted: shape.weighted, partitionedBy: by };
}
