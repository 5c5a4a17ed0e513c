import {
  type Column,
  type JobPlan,
  type NamedOutput,
  ONLY_OUTPUT,
  type OutputPlan,
  type PlanNotes,
  type Stage,
} from '../plan/index.ts';
import type { OutputMode, OutputSpec } from '../spec/job-spec.ts';
import { changingRows } from './changing-rows.ts';
import { planTable } from './check-tables.ts';
import { ofEachOutput } from './of-each-output.ts';
import { namesOf } from './operators/draft.ts';
import { placeRelations } from './operators/place-relations.ts';
import { placeSink } from './operators/place-sink.ts';
import { createRender } from './operators/render.ts';
import { OP_COLUMN } from './operators/sink-operators.ts';
import { type ModeFacts, modeNotes, refuseMode } from './output-mode.ts';
import { planSource } from './plan-source.ts';
import type { Refusal } from './refusal.ts';
import { closingOf } from './relations/aggregate-relation.ts';
import { withClosing } from './relations/closing-column.ts';
import { type CompilerContext, Refused, refuse } from './relations/compiler-context.ts';
import { allItems, castItems, columnsFor } from './relations/map-relation.ts';
import { inOrder, prune, readersOf } from './relations/prune.ts';
import { type AggregateRelation, inputsOf, isFixed, type Relation } from './relations/relation.ts';
import { withFinalDistinct } from './relations/state-ttl.ts';
import { type CarriedKey, refuseAmbiguousKey, refuseSink } from './sink-fit.ts';
import { stateNotes } from './state-notes.ts';
import { growthNotes, stateWarnings } from './state-warnings.ts';

export type PlannedStages = Pick<JobPlan, 'sources' | 'tables' | 'stages' | 'output' | 'outputs' | 'warnings'> & {
  notes: PlanNotes;
};

/** A query of the job; `columns` are what DuckDB says that it gives. */
export type OutputQuery = { spec: OutputSpec; relation: Relation; columns: Column[] };

/** What is known of an output once its query is: `root` gives its rows. */
type Shaped = OutputQuery & {
  named: Relation;
  carried: CarriedKey[];
  closing: ReturnType<typeof withClosing>;
  facts: ModeFacts;
};

/** The relations of all queries as stages that end in the job's sinks: what two of them read is computed once. */
export async function planStages(context: CompilerContext, queries: readonly OutputQuery[]): Promise<PlannedStages> {
  const { frontend, columnNames, windows } = context;
  const ttl = context.spec.stateTtlMs !== null;
  const shaped = await ofEachOutput(queries, (query) => shapeOutput(context, query));
  const roots = prune(shaped.map(({ named, closing }) => closing?.root ?? named));
  const order = inOrder(...roots);
  refuseBothWays(order);
  const readers = readersOf(roots);
  const last = roots.map((root, index) => finalAggregate(root, shaped[index]!.spec.outputMode));
  await ofEachOutput(shaped, async (one) => {
    const wrong = refuseSinkIn(one, one.spec.outputMode);
    if (wrong.length > 0) throw new Refused(...wrong);
  });
  const finals = last.map((final, index) =>
    final && isReadBy(roots[index]!, final.aggregate, readers) ? final : null,
  );
  const render = createRender(frontend, columnNames);
  const placement = await placeRelations(roots, {
    ...{ frontend, render, ttl },
    emissionOf: (relation) => finals.find((final) => final?.aggregate === relation)?.emission ?? null,
  });
  const ends = shaped.map(({ spec, columns, closing }, index) => {
    const { name, outputMode: mode } = spec;
    const [root, isFinal] = [roots[index]!, finals[index] !== null];
    const kept = placeSink(root, placement, {
      ...{ mode, name, output: columns, key: root.key, isFinal, closing: closing?.closing ?? null },
    });
    return { root, output: name, kept };
  });
  const stateful = placement.stages.some(({ operators }) => operators.some(({ state }) => state !== null));
  const tables = order.flatMap((one) => (one.kind === 'table' ? [planTable(one.table)] : []));
  const outputs = shaped.map((one) => ({ name: one.spec.name ?? ONLY_OUTPUT, ...outputPlan(one) }));
  const [{ name, ...output }] = outputs as [NamedOutput];
  const isOnly = outputs.length === 1 && name === ONLY_OUTPUT;
  return {
    sources: order.flatMap((one) => (one.kind === 'source' ? planSource(one, stateful && !windows.byBatchTime) : [])),
    tables: tables.filter(({ name }, index) => tables.findIndex((one) => one.name === name) === index),
    stages: placement.stages.map((stage) => finished(stage as Stage, order)),
    ...{ output, ...(!isOnly && { outputs }) },
    warnings: [...stateWarnings(order, ttl), ...unusedTimes(order)],
    notes: {
      modes: shaped.flatMap((one) =>
        modeNotes(one.spec.name ?? ONLY_OUTPUT, one.facts, (mode) => refuseSinkIn(one, mode)),
      ),
      growth: growthNotes(order, placement, { watermarkColumn: watermarkColumnOf(context), ttl }),
      state: await stateNotes(ends, placement, render),
    },
  };
}

/** The query under the names of its output, refused where it does not have the mode that is wanted. */
async function shapeOutput(context: CompilerContext, query: OutputQuery): Promise<Shaped> {
  const { outputMode: mode } = query.spec;
  const { relation, carried } = await asOutput(context, query.relation, query.columns);
  const named = mode === 'append' || mode === 'update' ? withFinalDistinct(relation) : relation;
  const closing = mode === 'append' && !named.appendOnly ? withClosing(named) : null;
  const facts: ModeFacts = {
    changing: changingRows(named),
    closes: withClosing(named) !== null,
    forgets: inOrder(named).some(forgets),
    hiddenKeys: carried.filter(({ outputs }) => outputs.length === 0).map(({ name }) => name),
    hasKey: keyHolder(named) !== null,
    takingBack: inOrder(named).flatMap((one) => (one.kind === 'source' && !one.appendOnly ? [one.source.name] : [])),
    watermarkColumn: watermarkColumnOf(context),
  };
  const refused = refuseMode(mode, facts);
  if (refused) throw new Refused(refused);
  return { ...query, named, carried, closing, facts };
}

const watermarkColumnOf = ({ spec }: CompilerContext): string | null =>
  spec.sources.find(({ watermark }) => watermark)?.watermark?.column ?? null;

/** Why the sink of an output could not write it in this mode. */
function refuseSinkIn({ spec: { sink }, columns, carried, named }: Shaped, mode: OutputMode): Refusal[] {
  const takesBack = mode === 'update' && finalAggregate(named, mode)?.emission !== 'upserts';
  const wrong = refuseSink(sink, { columns, mode, takesBack });
  return wrong.length > 0 ? wrong : refuseAmbiguousKey(sink, mode, carried);
}

function outputPlan({ spec: { outputMode: mode }, columns, named }: Shaped): OutputPlan {
  const keyColumns =
    mode === 'update' ? columns.filter((_, index) => named.key!.includes(named.columns[index]!.name)) : [];
  const op = mode === 'changelog' ? [{ name: OP_COLUMN, type: 'VARCHAR' }] : [];
  return { columns: [...columns, ...op], keyColumns: namesOf(keyColumns), mode };
}

/** The query under the names and types of its output, and which output columns carry its key. */
async function asOutput(context: CompilerContext, query: Relation, output: Column[]) {
  if (query.columns.length !== output.length)
    refuse(`The query has ${output.length} columns, of which ${query.columns.length} were found.`, 'Name the columns.');
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
const unusedTimes = (order: readonly Relation[]): string[] =>
  order.flatMap((one) =>
    one.kind === 'source' && one.source.changes && one.source.watermark && !one.versions
      ? [
          `The watermark of ${one.source.name} closes nothing, as rows of changes may be taken back at any time; only AT (TIMESTAMP => …) reads it.`,
        ]
      : [],
  );

/** Rows as they are now and as they were are two things to keep of one source. */
function refuseBothWays(order: readonly Relation[]): void {
  const names = order.flatMap((one) => (one.kind === 'source' ? [one.source.name] : []));
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

/**
 * The aggregate that the sink reads through nothing but maps. Where nobody else does it may put out what the sink wants, which is less
 * than its changes.
 */
function finalAggregate(root: Relation, mode: string): Final | null {
  let at = root;
  let filters = false;
  for (; at.kind === 'map'; at = at.input) {
    if (at.multiplies) return null;
    filters ||= at.conditions.length > 0;
  }
  if (at.kind !== 'aggregate' || (at.appendOnly && mode !== 'complete')) return null;
  const closes = closingOf(at.keys) !== null;
  if (mode === 'append') return closes ? { aggregate: at, emission: 'closed' } : null;
  if (mode === 'complete') return closes ? null : { aggregate: at, emission: 'whole' };
  return mode === 'update' && !filters && at.input.appendOnly ? { aggregate: at, emission: 'upserts' } : null;
}

/** Whether the root alone reads the aggregate below its maps. */
function isReadBy(root: Relation, aggregate: Relation, readers: ReadonlyMap<Relation, number>): boolean {
  if (readers.get(root) !== 1) return false;
  return root === aggregate || (root.kind === 'map' && isReadBy(root.input, aggregate, readers));
}

/** Whether the statements of a source stage read its records exactly once: nothing is made of them but one relation. */
function finished(stage: Stage, order: readonly Relation[]): Stage {
  const [input] = stage.inputs;
  if (input?.kind !== 'source') return stage;
  const source = order.find((one) => one.kind === 'source' && one.source.name === input.source);
  const readers = order.filter((one) => source !== undefined && inputsOf(one).includes(source));
  const reads =
    JSON.stringify([stage.operators.map(({ statements }) => statements), stage.outputs]).split(input.relation).length -
    1;
  // Where no row of a table is left to match DuckDB reads nothing of the other side.
  const joinsTable = order.some(isFixed);
  return { ...stage, inputs: [{ ...input, readOnce: readers.length <= 1 && reads === 1 && !joinsTable }] };
}
