import { type JobPlan, PLAN_FORMAT_VERSION, STATE_PARTITIONS, type Stage } from '../plan/index.ts';
import type { JobSpec, SpecProblem } from '../spec/job-spec.ts';
import { isSubquery, type SelectNode, visit } from './ast.ts';
import { bindQuery, refuseNames } from './bind-query.ts';
import { checkTables } from './check-tables.ts';
import type { SqlFrontend } from './frontend.ts';
import { sha256 } from './plan-hash.ts';
import { planStages } from './plan-stages.ts';
import { type SpecTexts, textsOf, toProblem } from './query-texts.ts';
import type { Refusal } from './refusal.ts';
import { refuseTablesAlone } from './refuse-tables-alone.ts';
import { type CompilerContext, Refused } from './relations/compiler-context.ts';
import { queryRelation } from './relations/query-relation.ts';
import { checkViews, resolveViews } from './resolve-views.ts';
import { offerOf } from './source-columns.ts';
import { windowScope } from './window-lengths.ts';

export type CompileResult = { ok: true; plan: JobPlan } | { ok: false; problems: SpecProblem[] };

/** Compiles the query of a job. Problems in queries and tables have lines and columns within their own texts. */
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
  const { query, views } = queries;
  const columnNames = new Set([query, ...views].flatMap(aliasesIn).concat(namesOffered(spec)));
  const found = [...checkViews(queries, spec, texts, { catalog: frontend.catalog, columnNames }), ...wrongTables];
  if (found.length > 0) return found;
  const references = referencesIn(query);
  const unused = views.flatMap((view, index) => (references.has(view) ? [] : [{ view, index }]));
  for (const { view, index } of unused) {
    const wrong = await bindView(view, spec, frontend);
    if (wrong) return wrong.map((one) => ({ ...one, path: texts.views[index]!.path }));
  }
  const windows = await windowScope(query, frontend);
  if (Array.isArray(windows)) return windows;
  const bound = await bindQuery(query, spec, windows, frontend);
  if ('refusals' in bound) return bound.refusals;
  const badNames = refuseNames(bound.columns);
  if (badNames.length > 0) return badNames;
  const context: CompilerContext = {
    ...{ spec, frontend, windows, columnNames, references },
    ...{ sources: new Map(), known: new Map(), shared: new Set() },
  };
  const { relation } = await queryRelation(context, query);
  refuseTablesAlone(relation);
  const planned = await planStages(context, relation, bound.columns);
  const { sources, tables } = planned;
  const plan = {
    statePartitions: STATE_PARTITIONS,
    sources,
    tables,
    stages: planned.stages,
    output: planned.output,
    warnings: [
      ...planned.warnings,
      ...unreadIn(spec.sources, sources).map((name) => `The query does not read the source ${name}.`),
      ...unreadIn(spec.tables, tables).map((name) => `The query does not read the table ${name}.`),
      ...unused.map(({ index }) => `The query does not read the view ${spec.views[index]!.name}.`),
      ...(neverLate(spec, planned.stages) ? ['No row of this query is ever late, so onLateRow keeps none.'] : []),
    ],
  };
  return { formatVersion: PLAN_FORMAT_VERSION, hash: sha256(plan), ...plan };
}

type Named = { name: string };
const unreadIn = (all: readonly Named[], read: readonly Named[]): string[] =>
  all.map(({ name }) => name).filter((name) => !read.some((one) => one.name === name));

const neverLate = ({ onLateRow }: JobSpec, stages: readonly Stage[]): boolean =>
  onLateRow.kind === 'deadLetter' && !stages.some(({ operators }) => operators.some((one) => one.lateRows));

/** What is wrong with a view that nobody reads. */
async function bindView(view: SelectNode, spec: JobSpec, frontend: SqlFrontend): Promise<Refusal[] | null> {
  const windows = await windowScope(view, frontend);
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
