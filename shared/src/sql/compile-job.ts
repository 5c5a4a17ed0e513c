import { type Column, type JobPlan, PLAN_FORMAT_VERSION, STATE_PARTITIONS } from '../plan/index.ts';
import type { JobSpec, KafkaSourceSpec, SpecProblem } from '../spec/job-spec.ts';
import {
  type Expression,
  isBaseTable,
  isColumnRef,
  isJoin,
  isSubquery,
  isTableFunction,
  parseAst,
  type SelectNode,
  type TableRef,
  visit,
} from './ast.ts';
import { select, star } from './ast-build.ts';
import { findMoment, useBatchTime } from './batch-time.ts';
import { fromSqlError, toProblem } from './binder-problem.ts';
import { checkQuery, isGrouped } from './check-query.ts';
import { type CompiledAggregate, compileAggregate } from './compile-aggregate.ts';
import { statelessStage } from './compile-stateless.ts';
import type { SqlError, SqlFrontend } from './frontend.ts';
import { analyseGrouping, type FromScope } from './grouped-query.ts';
import { intervalMicros, type SizeProblem } from './interval-size.ts';
import { refuseMode } from './output-mode.ts';
import { sha256 } from './plan-hash.ts';
import { identifier } from './quote.ts';
import type { Refusal } from './refusal.ts';
import { isWindow, resolveRelations, sizeOf, slideOf, type WindowRef } from './resolve-relations.ts';
import { refuseAmbiguousKey, refuseSink } from './sink-fit.ts';
import { offerOf, planSource, readFrom, sourcesOf, sourceTable } from './source-columns.ts';
import { selectText } from './sql-text.ts';
import { expandWindows, rolesOf, WINDOWS_PER_ROW_MAX, type WindowLengths, type WindowScope } from './windows.ts';

export type CompileResult = { ok: true; plan: JobPlan } | { ok: false; problems: SpecProblem[] };

/** Relation that the first stage reads. */
const INPUT = 's0_input';

/** Compiles the query of a job. Problems have the path `query` and lines and columns within the query's own text. */
export async function compileJob(spec: JobSpec, frontend: SqlFrontend): Promise<CompileResult> {
  const compiled = await compile(spec, frontend);
  if (!Array.isArray(compiled)) return { ok: true, plan: compiled };
  return { ok: false, problems: compiled.map((refusal) => toProblem(refusal, spec.query)) };
}

async function compile(spec: JobSpec, frontend: SqlFrontend): Promise<JobPlan | Refusal[]> {
  const parsed = await parse(spec.query, frontend);
  if (Array.isArray(parsed)) return parsed;
  const resolved = resolveRelations(parsed);
  const columnNames = new Set(spec.sources.flatMap(namesOffered).concat(aliasesIn(resolved)));
  const sourceNames = spec.sources.map(({ name }) => name);
  const found = checkQuery(resolved, { catalog: frontend.catalog, columnNames, sourceNames });
  if (found.length > 0) return found;
  const source = spec.sources.find(({ name }) => sourcesOf(resolved.from_table).includes(name.toLowerCase()))!;
  const windows = await windowScope(resolved, source, frontend);
  if (Array.isArray(windows)) return windows;
  const grouped = isGrouped(resolved, { catalog: frontend.catalog, columnNames, sourceNames });
  const query = await bindQuery(resolved, source, windows, { columnNames, usesWatermark: grouped }, frontend);
  if (Array.isArray(query)) return query;
  const { columns } = query;
  const wrongSink = refuseSink(spec.sink, { columns, mode: spec.outputMode, hasHaving: resolved.having !== null });
  if (wrongSink.length > 0) return wrongSink;
  const stages = grouped ? await groupedStages(query, spec, frontend) : await plainStages(query, spec, frontend);
  if (Array.isArray(stages)) return stages;
  const ambiguous = refuseAmbiguousKey(spec.sink, spec.outputMode, stages.carriedKeys);
  if (ambiguous.length > 0) return ambiguous;
  const unused = sourceNames.filter((name) => name !== source.name);
  const neverLate =
    spec.onLateRow.kind === 'deadLetter' &&
    !stages.stages.some(({ operators }) => operators.some((one) => one.lateRows));
  const plan = {
    statePartitions: STATE_PARTITIONS,
    sources: [query.plan],
    stages: stages.stages,
    output: { columns: query.columns, keyColumns: stages.keyColumns, mode: spec.outputMode },
    warnings: [
      ...stages.warnings,
      ...unused.map((name) => `The query does not read the source ${name}.`),
      ...(neverLate ? ['No row of this query is ever late, so onLateRow keeps none.'] : []),
    ],
  };
  return { formatVersion: PLAN_FORMAT_VERSION, hash: sha256(plan), ...plan };
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

const namesOffered = (source: KafkaSourceSpec): string[] => {
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

type LengthProblem = SizeProblem | 'longerThanSize' | 'tooMany';

const LENGTH_PROBLEMS: Readonly<Record<LengthProblem, (what: string) => [message: string, hint: string]>> = {
  notConstant: (what) => [`${what} must be a constant interval.`, "For example INTERVAL '10 seconds'."],
  months: () => [
    'Windows of months or years are not supported yet.',
    "Use a fixed length, for example INTERVAL '7 days'.",
  ],
  notPositive: (what) => [`${what} must be positive.`, "For example INTERVAL '10 seconds'."],
  longerThanSize: (what) => [
    `${what} is longer than the size: rows between two windows would be in none.`,
    'Give the slide first, then the size; filter with WHERE what is to be left out.',
  ],
  tooMany: (what) => [
    `${what} is so short that a row is in more than ${WINDOWS_PER_ROW_MAX} windows.`,
    'Every row is counted in each of its windows: use a longer slide.',
  ],
};

/** Evaluates the lengths of all windows in the query. */
async function windowScope(
  node: SelectNode,
  source: KafkaSourceSpec,
  frontend: SqlFrontend,
): Promise<WindowScope | Refusal[]> {
  /** By the size's place: the query's other nodes are made anew on the way. */
  const lengths = new Map<Expression, WindowLengths>();
  const refusals: Refusal[] = [];
  for (const ref of windowsIn(node.from_table)) {
    const measured = await measureWindow(ref, frontend);
    if ('problem' in measured) {
      const { problem, what, at } = measured;
      const [message, hint] = LENGTH_PROBLEMS[problem](`The ${what} of ${ref.name}`);
      refusals.push({ message, hint, location: at.query_location ?? null });
    } else lengths.set(sizeOf(ref), measured);
  }
  if (refusals.length > 0) return refusals;
  const watermarkColumn = source.watermark?.column.toLowerCase() ?? null;
  return { watermarkColumn, lengthsOf: (ref) => lengths.get(sizeOf(ref))! };
}

async function measureWindow(
  ref: WindowRef,
  frontend: SqlFrontend,
): Promise<WindowLengths | { problem: LengthProblem; what: 'size' | 'slide'; at: Expression }> {
  const [slide, size] = [slideOf(ref), sizeOf(ref)];
  const sizeMicros = await intervalMicros(size, frontend);
  if (typeof sizeMicros !== 'number') return { problem: sizeMicros, what: 'size', at: size };
  if (slide === size) return { sizeMicros, slideMicros: sizeMicros };
  const slideMicros = await intervalMicros(slide, frontend);
  if (typeof slideMicros !== 'number') return { problem: slideMicros, what: 'slide', at: slide };
  if (slideMicros > sizeMicros) return { problem: 'longerThanSize', what: 'slide', at: slide };
  if (sizeMicros / slideMicros > WINDOWS_PER_ROW_MAX) return { problem: 'tooMany', what: 'slide', at: slide };
  return { sizeMicros, slideMicros };
}

function windowsIn(ref: TableRef): WindowRef[] {
  if (isSubquery(ref)) return windowsIn(ref.subquery.node.from_table);
  if (isJoin(ref)) return [...windowsIn(ref.left), ...windowsIn(ref.right)];
  return isWindow(ref) ? [ref, ...windowsIn(ref.input!)] : [];
}

type BoundQuery = {
  source: KafkaSourceSpec;
  plan: JobPlan['sources'][number];
  ddl: string;
  /** Reads INPUT, windows expanded, moments are the batch's. */
  node: SelectNode;
  /** The user's names for what FROM provides, and what is known of event time. */
  scope: FromScope;
  columnNames: ReadonlySet<string>;
  /** What FROM provides, in order. */
  fromColumns: Column[];
  columns: Column[];
  groupsEveryRecord: boolean;
};

/** Rewrites the query over the first stage's input and lets DuckDB bind it: names, types and its errors. */
async function bindQuery(
  resolved: SelectNode,
  source: KafkaSourceSpec,
  windows: WindowScope,
  { columnNames, usesWatermark }: { columnNames: ReadonlySet<string>; usesWatermark: boolean },
  frontend: SqlFrontend,
): Promise<BoundQuery | Refusal[]> {
  const plan = planSource(source, resolved, usesWatermark);
  const complete = { ...plan, columns: offerOf(source).columns };
  const offered = offerOf(source);
  const hidden = offered.starCoversMetadata ? [] : plan.metadata.map(({ name }) => name);
  const tree = expandWindows(readFrom(resolved, INPUT, hidden), windows);
  const text = await selectText(tree, frontend);
  // All declared columns stand in the table while errors are looked for, so that hints can name them.
  const table = sourceTable(INPUT, source, complete);
  const bound = await frontend.describe([table], text);
  if (!bound.ok) return bindingProblems(bound.error, table, text, tree, frontend);
  const twice = duplicates(bound.columns);
  if (twice.length > 0) return twice;
  const ddl = sourceTable(INPUT, source, plan);
  const from = await frontend.describe([ddl], await selectText(select([star()], tree.from_table), frontend));
  if (!from.ok) return [await fromSqlError(from.error, text, tree, frontend)];
  const names = from.columns.map(({ name }) => [name.toLowerCase(), name] as const);
  const scope = {
    columns: new Map(names),
    ambiguous: new Set(names.map(([key]) => key).filter((key, i, keys) => keys.indexOf(key) !== i)),
    tables: new Set(tableNames(tree.from_table)),
    roles: rolesOf(resolved.from_table, windows),
  };
  return {
    ...{ source, plan, ddl, node: useBatchTime(tree, columnNames), scope, columnNames, columns: bound.columns },
    fromColumns: from.columns,
    groupsEveryRecord: resolved.where_clause === null && isWholeSource(resolved.from_table),
  };
}

/** Unknown columns that are told of at once; a query with more has been written for another source. */
const UNKNOWN_COLUMNS_MAX = 20;

/** Types that a column might have had, by how much DuckDB forgives them. */
const TYPES_GUESSED = ['VARCHAR', 'BIGINT', 'TIMESTAMP', 'BOOLEAN'];

/**
 * What DuckDB finds wrong, and which other columns there are not: it names one at a time, so the table is given each of
 * them, under types that are guessed, until nothing is missing. What it says of those types is left out.
 */
async function bindingProblems(
  first: SqlError,
  table: string,
  text: string,
  tree: SelectNode,
  frontend: SqlFrontend,
): Promise<Refusal[]> {
  const problems: Refusal[] = [];
  let ddl = [table];
  let error: SqlError | null = first;
  while (error !== null && problems.length < UNKNOWN_COLUMNS_MAX) {
    problems.push(await fromSqlError(error, text, tree, frontend));
    const { kind, name }: SqlError = error;
    error = null;
    if (kind !== 'COLUMN_NOT_FOUND' || name === null) break;
    for (const type of TYPES_GUESSED) {
      const guessed = [...ddl, `ALTER TABLE ${identifier(INPUT)} ADD COLUMN ${identifier(name)} ${type}`];
      const again = await frontend.describe(guessed, text);
      if (again.ok) break;
      if (again.error.kind !== 'COLUMN_NOT_FOUND') continue;
      ddl = guessed;
      error = again.error;
      break;
    }
  }
  return problems;
}

/** The source itself or its windows: a row for every record. */
function isWholeSource(ref: TableRef): boolean {
  return isBaseTable(ref) || (isWindow(ref) && isWholeSource(ref.input!));
}

function duplicates(columns: readonly Column[]): Refusal[] {
  const seen = new Set<string>();
  const refusals: Refusal[] = [];
  for (const { name } of columns) {
    const key = name.toLowerCase();
    if (seen.has(key))
      refusals.push({
        message: `Two output columns are named "${name}".`,
        hint: 'Name one of them with AS.',
        location: null,
      });
    if (key.startsWith('__'))
      refusals.push({
        message: `The output column "${name}" begins with "__", which Millrace keeps for itself.`,
        hint: 'Name it with AS.',
        location: null,
      });
    seen.add(key);
  }
  return refusals;
}

function tableNames(ref: TableRef): string[] {
  if (isJoin(ref)) return [...tableNames(ref.left), ...tableNames(ref.right)];
  const name =
    ref.alias || (isBaseTable(ref) ? ref.table_name : isTableFunction(ref) ? ref.function.function_name : '');
  return name === '' ? [] : [name.toLowerCase()];
}

type CompiledStages = Pick<CompiledAggregate, 'stages' | 'keyColumns' | 'carriedKeys' | 'warnings'>;

async function plainStages(
  query: BoundQuery,
  spec: JobSpec,
  frontend: SqlFrontend,
): Promise<CompiledStages | Refusal[]> {
  const facts = {
    grouped: false,
    closes: false,
    hiddenKeys: [],
    watermarkColumn: query.source.watermark?.column ?? null,
  };
  const refused = refuseMode(spec.outputMode, facts);
  if (refused) return [refused];
  const text = await selectText(query.node, frontend);
  const stage = statelessStage(query.source.name, INPUT, text, query.columns);
  return { stages: [stage], keyColumns: [], carriedKeys: [], warnings: [] };
}

async function groupedStages(
  query: BoundQuery,
  spec: JobSpec,
  frontend: SqlFrontend,
): Promise<CompiledStages | Refusal[]> {
  const moment = findMoment(query.node.having, query.columnNames) ?? findBatchTime(query.node.having);
  if (moment) {
    const hint = 'Compare with the present moment in WHERE, which is judged once, when a record comes.';
    return [
      { message: 'The present moment in HAVING is not supported.', hint, location: moment.query_location ?? null },
    ];
  }
  const { source, ddl, node, columns } = query;
  const grouped = analyseGrouping(node, query.scope, frontend.catalog.aggregates);
  const job = {
    source: source.name,
    watermarkColumn: source.watermark?.column ?? null,
    groupsEveryRecord: query.groupsEveryRecord,
    ddl,
    relation: INPUT,
    node,
    grouped,
    mode: spec.outputMode,
    fromColumns: query.fromColumns,
    columns,
  };
  const compiled = await compileAggregate(job, frontend);
  return 'message' in compiled ? [compiled] : compiled;
}

function findBatchTime(tree: unknown): Expression | null {
  let found: Expression | null = null;
  visit(tree, (node) => {
    if (!isColumnRef(node) && node.function_name === 'getvariable') found = node;
    return undefined;
  });
  return found;
}
