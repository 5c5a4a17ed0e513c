import type { Column, JobPlan, Stage } from '../plan/index.ts';
import { planTable } from './check-tables.ts';
import { namesOf } from './operators/draft.ts';
import { placeRelations } from './operators/place-relations.ts';
import { placeSink, type SinkShape } from './operators/place-sink.ts';
import { createRender } from './operators/render.ts';
import { OP_COLUMN } from './operators/sink-operators.ts';
import { refuseMode } from './output-mode.ts';
import { planSource } from './plan-source.ts';
import { closingOf } from './relations/aggregate-relation.ts';
import { withClosing } from './relations/closing-column.ts';
import { type CompilerContext, Refused, refuse } from './relations/compiler-context.ts';
import { allItems, castItems, columnsFor } from './relations/map-relation.ts';
import { inOrder, prune } from './relations/prune.ts';
import { type AggregateRelation, inputsOf, type Relation } from './relations/relation.ts';
import { refuseAmbiguousKey, refuseSink } from './sink-fit.ts';
import { stateWarnings } from './state-warnings.ts';

export type PlannedStages = Pick<JobPlan, 'sources' | 'tables' | 'stages' | 'output' | 'warnings'>;

/** The relation of a query as stages that end in the job's sink. `output` is what DuckDB says that the query gives. */
export async function planStages(context: CompilerContext, query: Relation, output: Column[]): Promise<PlannedStages> {
  const { spec, frontend, columnNames } = context;
  const { outputMode: mode } = spec;
  const { relation: named, carried } = await asOutput(context, query, output);
  const closing = mode === 'append' && !named.appendOnly ? withClosing(named) : null;
  const refused = refuseMode(mode, {
    changes: !named.appendOnly,
    closes: withClosing(named) !== null,
    forgets: inOrder(named).some(forgets),
    hiddenKeys: carried.filter(({ outputs }) => outputs.length === 0).map(({ name }) => name),
    hasKey: keyHolder(named) !== null,
    changing: inOrder(named).flatMap((one) => (one.kind === 'source' && !one.appendOnly ? [one.source.name] : [])),
    watermarkColumn: spec.sources.find(({ watermark }) => watermark)?.watermark?.column ?? null,
  });
  if (refused) throw new Refused(refused);
  const root = prune(closing?.root ?? named);
  refuseBothWays(root);
  const final = finalAggregate(root, mode);
  const takesBack = mode === 'update' && final?.emission !== 'upserts';
  const wrongSink = refuseSink(spec.sink, { columns: output, mode, takesBack });
  if (wrongSink.length > 0) throw new Refused(...wrongSink);
  const ambiguous = refuseAmbiguousKey(spec.sink, mode, carried);
  if (ambiguous.length > 0) throw new Refused(...ambiguous);
  const placement = await placeRelations(root, {
    ...{ frontend, render: createRender(frontend, columnNames) },
    emissionOf: (relation) => (relation === final?.aggregate ? final.emission : null),
  });
  const shape: SinkShape = { mode, output, key: root.key, isFinal: final !== null, closing: closing?.closing ?? null };
  placeSink(root, placement, shape);
  const keyColumns =
    mode === 'update' ? output.filter((_, index) => named.key!.includes(named.columns[index]!.name)) : [];
  const op = mode === 'changelog' ? [{ name: OP_COLUMN, type: 'VARCHAR' }] : [];
  const stateful = placement.stages.some(({ operators }) => operators.some(({ state }) => state !== null));
  const sources = inOrder(root).flatMap((one) => (one.kind === 'source' ? planSource(one, stateful) : []));
  const tables = inOrder(root).flatMap((one) => (one.kind === 'table' ? [planTable(one.table)] : []));
  return {
    sources,
    tables: tables.filter(({ name }, index) => tables.findIndex((one) => one.name === name) === index),
    stages: placement.stages.map((stage) => finished(stage as Stage, root)),
    output: { columns: [...output, ...op], keyColumns: namesOf(keyColumns), mode },
    warnings: [...stateWarnings(root), ...unusedTimes(root)],
  };
}

/** The query under the names and types of its output, and which output columns carry its key. */
async function asOutput(context: CompilerContext, query: Relation, output: Column[]) {
  const relation = await castItems(context, query, output);
  const holder = keyHolder(relation);
  const carried = (holder?.key ?? []).map((name) => {
    const outputs = holder === null ? [] : carriedBy(relation, holder, name);
    return { name, outputs };
  });
  const key =
    carried.every(({ outputs }) => outputs.length > 0) && holder
      ? carried.map(({ outputs }) => outputs[0]!)
      : relation.key;
  return { relation: { ...relation, key }, carried };
}

/** The last relation below maps that knows a key. */
function keyHolder(relation: Relation): (Relation & { key: string[] }) | null {
  if (relation.kind === 'map') {
    const below = keyHolder(relation.input);
    return relation.multiplies ? null : below;
  }
  return relation.key === null ? null : (relation as Relation & { key: string[] });
}

/** Columns of `relation` that carry a column of `holder`, through the maps between them. */
function carriedBy(relation: Relation, holder: Relation, name: string): string[] {
  const path: Extract<Relation, { kind: 'map' }>[] = [];
  for (let at = relation; at !== holder && at.kind === 'map'; at = at.input) path.push(at);
  const start = columnsFor(holder, name, path.at(-1)?.items ?? allItems(holder));
  return path
    .slice(0, -1)
    .toReversed()
    .reduce((names, map) => names.flatMap((one) => columnsFor(map.input, one, map.items)), start)
    .filter((one, index, all) => all.indexOf(one) === index);
}

/** A watermark of changes serves those who read them as of a time. */
const unusedTimes = (root: Relation): string[] =>
  inOrder(root).flatMap((one) =>
    one.kind === 'source' && one.source.changes && one.source.watermark && !one.versions
      ? [
          `The watermark of ${one.source.name} closes nothing, as rows of changes may be taken back at any time; only AT (TIMESTAMP => …) reads it.`,
        ]
      : [],
  );

/** Rows as they are now and as they were are two things to keep of one source. */
function refuseBothWays(root: Relation): void {
  const names = inOrder(root).flatMap((one) => (one.kind === 'source' ? [one.source.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    refuse(
      `The query reads ${twice} as of a time and as it is now, which is not supported.`,
      'Declare the topic as a second source and read one of them as of a time.',
    );
}

/** Whether it lets go of what the watermark has closed. */
function forgets(relation: Relation): boolean {
  if (relation.kind === 'aggregate') return closingOf(relation.keys) !== null;
  return relation.kind === 'recompute' && relation.closing !== null;
}

type Final = { aggregate: AggregateRelation; emission: 'upserts' | 'closed' | 'whole' };

/** The aggregate that the sink reads through nothing but maps: it may put out what the sink wants, which is less than its changes. */
function finalAggregate(root: Relation, mode: string): Final | null {
  let at = root;
  let filters = false;
  for (; at.kind === 'map'; at = at.input) {
    if (at.multiplies) return null;
    filters ||= at.conditions.length > 0;
  }
  const alone = inOrder(root).filter((one) => inputsOf(one).includes(at)).length <= 1;
  if (at.kind !== 'aggregate' || (at.appendOnly && mode !== 'complete') || !alone) return null;
  const closes = closingOf(at.keys) !== null;
  if (mode === 'append') return closes ? { aggregate: at, emission: 'closed' } : null;
  if (mode === 'complete') return closes ? null : { aggregate: at, emission: 'whole' };
  return mode === 'update' && !filters && at.input.appendOnly ? { aggregate: at, emission: 'upserts' } : null;
}

/** Whether the statements of a source stage read its records exactly once: nothing is made of them but one relation. */
function finished(stage: Stage, root: Relation): Stage {
  const [input] = stage.inputs;
  if (input?.kind !== 'source') return stage;
  const source = inOrder(root).find((one) => one.kind === 'source' && one.source.name === input.source);
  const readers = inOrder(root).filter((one) => source !== undefined && inputsOf(one).includes(source));
  const reads =
    JSON.stringify([stage.operators.map(({ statements }) => statements), stage.outputs]).split(input.relation).length -
    1;
  // Where no row of a table is left to match DuckDB reads nothing of the other side.
  const joinsTable = inOrder(root).some(({ kind }) => kind === 'table');
  return { ...stage, inputs: [{ ...input, readOnce: readers.length <= 1 && reads === 1 && !joinsTable }] };
}
