import { type JobPlan, PLAN_FORMAT_VERSION, STATE_PARTITIONS, type Stage } from '../plan/index.ts';
import type { JobSpec, SpecProblem } from '../spec/job-spec.ts';
import { isSubquery, type SelectNode, visit } from './ast.ts';
import { bindQuery, refuseNames } from './bind-query.ts';
import { checkTables } from './check-tables.ts';
import type { SqlFrontend } from './frontend.ts';
import { ofEachOutput } from './of-each-output.ts';
import { sha256 } from './plan-hash.ts';
import { type PlannedStages, planStages } from './plan-stages.ts';
import { type SpecTexts, textsOf, toProblem } from './query-texts.ts';
import type { Refusal } from './refusal.ts';
import { refuseTablesAlone } from './refuse-tables-alone.ts';
import { type CompilerContext, Refused } from './relations/compiler-context.ts';
import { queryRelation } from './relations/query-relation.ts';
import type { Owner } from './relations/relation.ts';
import { checkViews, type ResolvedQueries, resolveViews } from './resolve-views.ts';
import { offerOf } from './source-columns.ts';
import { windowScope } from './window-lengths.ts';

export type CompileResult = { ok: true; plan: JobPlan } | { ok: false; problems: SpecProblem[] };

/** Compiles the queries of a job. Problems in queries and tables have lines and columns within their own texts. */
export async function compileJob(spec: JobSpec, frontend: SqlFrontend): Promise<CompileResult> {
  const texts = textsOf(spec);
  const compiled = await compile(spec, texts, frontend).catch((thrown: unknown) => {
    if (thrown instanceof Refused) return thrown.refusals;
    throw thrown;
  });
  if (!Array.isArray(compiled)) return { ok: true, plan: compiled };
  return { ok: false, problems: compiled.map((refusal) => toProblem(refusal, texts)) };
}

/** Text → tree → checked and bound by DuckDB → relations → stages. */
async function compile(spec: JobSpec, texts: SpecTexts, frontend: SqlFrontend): Promise<JobPlan | Refusal[]> {
  const wrongTables = await checkTables(spec.tables, texts.tables, frontend);
  const queries = await resolveViews(spec, texts, frontend);
  if (Array.isArray(queries)) return [...queries, ...wrongTables];
  const { views } = queries;
  const columnNames = new Set([...queries.queries, ...views].flatMap(aliasesIn).concat(namesOffered(spec)));
  const found = [...checkViews(queries, spec, texts, { catalog: frontend.catalog, columnNames }), ...wrongTables];
  if (found.length > 0) return found;
  const references = referencesIn(queries.queries);
  const unused = views.flatMap((view, index) => (references.has(view) ? [] : [{ view, index }]));
  for (const { view, index } of unused) {
    const wrong = await bindView(view, spec, columnNames, frontend);
    if (wrong) return wrong.map((one) => ({ ...one, path: texts.views[index]!.path }));
  }
  const windows = await windowScope(queries.queries, columnNames, frontend);
  if (Array.isArray(windows)) return windows;
  const context: CompilerContext = {
    ...{ spec, frontend, windows, columnNames, references },
    ...{ sources: new Map(), known: new Map(), shared: new Set(), owners: ownersOf(spec, queries) },
    viewNames: new Map(views.map((view, index) => [view, spec.views[index]!.name])),
  };
  const outputs = spec.outputs.map((one, index) => ({ spec: one, query: queries.queries[index]! }));
  const bound = await ofEachOutput(outputs, async (one) => {
    const found = await bindQuery(one.query, spec, windows, frontend);
    if ('refusals' in found) throw new Refused(...found.refusals);
    const badNames = refuseNames(found.columns);
    if (badNames.length > 0) throw new Refused(...badNames);
    return { ...one, columns: found.columns };
  });
  const related = await ofEachOutput(bound, async ({ query, ...one }) => {
    const { relation } = await queryRelation(context, query);
    refuseTablesAlone(relation, spec);
    return { ...one, relation };
  });
  const planned = await planStages(context, related);
  const { sources, tables } = planned;
  const plan = {
    statePartitions: STATE_PARTITIONS,
    ...(windows.byBatchTime ? { clock: 'batchTime' as const } : {}),
    sources,
    tables,
    stages: planned.stages,
    output: planned.output,
    ...(planned.outputs && { outputs: planned.outputs }),
    warnings: [
      ...planned.warnings,
      ...warningsOf(
        spec,
        planned,
        unused.map(({ index }) => spec.views[index]!),
      ),
    ],
  };
  return { formatVersion: PLAN_FORMAT_VERSION, hash: sha256(plan), ...plan, notes: planned.notes };
}

/** Whose relations those of a view or an output are; nobody's in a job with one output. */
function ownersOf({ views, outputs }: JobSpec, trees: ResolvedQueries): ReadonlyMap<unknown, Owner> {
  const owners = new Map<unknown, Owner>();
  for (const [index, { name }] of outputs.entries()) {
    if (name === null) return owners;
    owners.set(trees.queries[index], { kind: 'output', name });
  }
  for (const [index, { name }] of views.entries()) owners.set(trees.views[index], { kind: 'view', name });
  return owners;
}

type Named = { name: string };
const unreadIn = (all: readonly Named[], read: readonly Named[]): string[] =>
  all.map(({ name }) => name).filter((name) => !read.some((one) => one.name === name));

/** Parts of the spec that change nothing. */
function warningsOf(
  spec: JobSpec,
  { sources, tables, stages }: PlannedStages,
  unusedViews: readonly Named[],
): string[] {
  const notRead = spec.outputs.length === 1 ? 'The query does not read' : 'No query reads';
  const ofQuery = spec.outputs.length === 1 ? 'this query' : 'these queries';
  return [
    ...unreadIn(spec.sources, sources).map((name) => `${notRead} the source ${name}.`),
    ...unreadIn(spec.tables, tables).map((name) => `${notRead} the table ${name}.`),
    ...unusedViews.map(({ name }) => `${notRead} the view ${name}.`),
    ...(neverLate(spec, stages) ? [`No row of ${ofQuery} is ever late, so onLateRow keeps none.`] : []),
  ];
}

const neverLate = ({ onLateRow }: JobSpec, stages: readonly Stage[]): boolean =>
  onLateRow.kind === 'deadLetter' && !stages.some(({ operators }) => operators.some((one) => one.lateRows));

/** What is wrong with a view that nobody reads. */
async function bindView(
  view: SelectNode,
  spec: JobSpec,
  columnNames: ReadonlySet<string>,
  frontend: SqlFrontend,
): Promise<Refusal[] | null> {
  const windows = await windowScope([view], columnNames, frontend);
  if (Array.isArray(windows)) return windows;
  const bound = await bindQuery(view, spec, windows, frontend);
  return 'refusals' in bound ? bound.refusals : null;
}

/** How often each query stands in a FROM clause: those of WITH more than once. */
function referencesIn(tree: unknown, counts = new Map<unknown, number>()): Map<unknown, number> {
  if (Array.isArray(tree)) for (const item of tree) referencesIn(item, counts);
  else if (typeof tree === 'object' && tree !== null) {
    if ('subquery' in tree && isSubquery(tree as never)) {
      const { node } = (tree as unknown as { subquery: { node: SelectNode } }).subquery;
      counts.set(node, (counts.get(node) ?? 0) + 1);
      if (counts.get(node)! > 1) return counts;
    }
    for (const value of Object.values(tree)) referencesIn(value, counts);
  }
  return counts;
}

function namesOffered({ sources, tables }: JobSpec): string[] {
  const offers = sources.map(offerOf).flatMap(({ columns, metadata }) => [...columns, ...metadata]);
  return [...offers, ...tables.flatMap(({ columns }) => columns)].map(({ name }) => name.toLowerCase());
}

function aliasesIn(node: SelectNode): string[] {
  const names: string[] = [];
  visit(node, ({ alias }) => {
    if (alias) names.push(alias.toLowerCase());
    return undefined;
  });
  return names;
}
