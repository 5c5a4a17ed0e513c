import { type JobPlan, PLAN_FORMAT_VERSION, STATE_PARTITIONS } from '../plan/index.ts';
import type { JobSpec, SpecProblem } from '../spec/job-spec.ts';
import { isSubquery, parseAst, type SelectNode, visit } from './ast.ts';
import { bindQuery } from './bind-query.ts';
import { toProblem } from './binder-problem.ts';
import { checkQuery } from './check-query.ts';
import type { SqlFrontend } from './frontend.ts';
import { sha256 } from './plan-hash.ts';
import { planStages } from './plan-stages.ts';
import type { Refusal } from './refusal.ts';
import { type CompilerContext, Refused } from './relations/compiler-context.ts';
import { queryRelation } from './relations/query-relation.ts';
import { resolveRelations } from './resolve-relations.ts';
import { offerOf } from './source-columns.ts';
import { windowScope } from './window-lengths.ts';

export type CompileResult = { ok: true; plan: JobPlan } | { ok: false; problems: SpecProblem[] };

/** Compiles the query of a job. Problems have the path `query` and lines and columns within the query's own text. */
export async function compileJob(spec: JobSpec, frontend: SqlFrontend): Promise<CompileResult> {
  const compiled = await compile(spec, frontend).catch((thrown: unknown) => {
    if (thrown instanceof Refused) return thrown.refusals;
    throw thrown;
  });
  if (!Array.isArray(compiled)) return { ok: true, plan: compiled };
  return { ok: false, problems: compiled.map((refusal) => toProblem(refusal, spec.query)) };
}

/** Text → tree → checked and bound by DuckDB → relations → stages. */
async function compile(spec: JobSpec, frontend: SqlFrontend): Promise<JobPlan | Refusal[]> {
  const parsed = await parse(spec.query, frontend);
  if (Array.isArray(parsed)) return parsed;
  const resolved = resolveRelations(parsed);
  const columnNames = new Set(spec.sources.flatMap(namesOffered).concat(aliasesIn(resolved)));
  const sourceNames = spec.sources.map(({ name }) => name);
  const found = checkQuery(resolved, { catalog: frontend.catalog, columnNames, sourceNames });
  if (found.length > 0) return found;
  const windows = await windowScope(resolved, frontend);
  if (Array.isArray(windows)) return windows;
  const bound = await bindQuery(resolved, spec, windows, frontend);
  if ('refusals' in bound) return bound.refusals;
  const context: CompilerContext = {
    ...{ spec, frontend, windows, columnNames, references: referencesIn(resolved) },
    ...{ sources: new Map(), known: new Map(), shared: new Set() },
  };
  const { relation } = await queryRelation(context, resolved);
  const planned = await planStages(context, relation, bound.columns);
  const sources = planned.sources;
  const unused = sourceNames.filter((name) => !sources.some((source) => source.name === name));
  const neverLate =
    spec.onLateRow.kind === 'deadLetter' &&
    !planned.stages.some(({ operators }) => operators.some((one) => one.lateRows));
  const plan = {
    statePartitions: STATE_PARTITIONS,
    sources,
    stages: planned.stages,
    output: planned.output,
    warnings: [
      ...planned.warnings,
      ...unused.map((name) => `The query does not read the source ${name}.`),
      ...(neverLate ? ['No row of this query is ever late, so onLateRow keeps none.'] : []),
    ],
  };
  return { formatVersion: PLAN_FORMAT_VERSION, hash: sha256(plan), ...plan };
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

async function parse(text: string, frontend: SqlFrontend): Promise<SelectNode | Refusal[]> {
  const serialized = await frontend.serialize(text);
  if (!serialized.ok) {
    const { message, position } = serialized.error;
    const notSelect = /^Only SELECT/.test(message);
    const hint = notSelect ? 'A job is one SELECT; where its rows go is said by sink.' : '';
    return [
      { message: notSelect ? 'Only SELECT is supported.' : `${message}.`, hint, location: notSelect ? 0 : position },
    ];
  }
  const statements = readStatements(serialized.ast);
  if (statements === null) {
    return [
      {
        message: 'A number in the query is too large for a DOUBLE.',
        hint: "Write 'infinity'::DOUBLE for infinity.",
        location: null,
      },
    ];
  }
  if (statements.length === 1) return statements[0]!.node;
  const message = statements.length === 0 ? 'The query is empty.' : `The query has ${statements.length} statements.`;
  return [{ message, hint: 'A job is one SELECT; submit several jobs.', location: null }];
}

function readStatements(ast: string): { node: SelectNode }[] | null {
  try {
    return parseAst(ast).statements;
  } catch {
    // DuckDB writes constants beyond DOUBLE as Infinity, which is no JSON.
    return null;
  }
}

const namesOffered = (source: JobSpec['sources'][number]): string[] => {
  const { columns, metadata } = offerOf(source);
  return [...columns, ...metadata].map(({ name }) => name.toLowerCase());
};

function aliasesIn(node: SelectNode): string[] {
  const names: string[] = [];
  visit(node, ({ alias }) => {
    if (alias) names.push(alias.toLowerCase());
    return undefined;
  });
  return names;
}
