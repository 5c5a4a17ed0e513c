// Runs a query in steps and, after every step, as a whole: what the steps have put out must be DuckDB's answer over all rows so far.
import assert from 'node:assert/strict';
import type { DuckDBInstance } from '@duckdb/node-api';
import { type JobPlan, type NamedOutput, outputsOf } from '@millrace/shared/plan';
import type {
  ChangesSpec,
  ColumnSpec,
  EmbeddedTable,
  FetchedTable,
  JobSpec,
  OutputMode,
  OutputSpec,
  ViewSpec,
} from '@millrace/shared/spec';
import { BATCH_TIME, bringRows, FOREVER_AGO, tasksOf } from './bring-rows.ts';
import {
  type BatchOutput,
  type InterpreterOptions,
  interpret,
  openDatabase,
  type Row,
  read,
} from './plan-interpreter.ts';
import { specOf } from './spec-of.ts';

export { FOREVER_AGO };

export type Relation = {
  name: string;
  columns: ColumnSpec[];
  watermark: { column: string; delaySeconds: number } | null;
  /** SELECT of n (from 0, in the order in which rows come) and the columns. */
  rows(seed: number): string;
  /** The rows are changes of a table, with a column `gone` (there is no such row any more) behind the others. */
  changes?: ChangesSpec;
};

export type DifferentialOutput = {
  query: string;
  mode: OutputMode;
  /** The same for DuckDB, where it is not: over tables that leave late rows out. */
  truth?: string;
};

export type Differential = DifferentialOutput & {
  relations: Relation[];
  /** More outputs of the same job, by name; the first one is called `main` then. */
  others?: Record<string, DifferentialOutput>;
  tables?: EmbeddedTable[];
  /**
   * Tables whose rows are other ones in every batch: SELECT of their columns. For the truth they, and the relations, are there
   * as `<name>_by_batch`, with the column `__batch`.
   */
  refreshed?: { table: FetchedTable; rows(batch: number): string }[];
  views?: ViewSpec[];
  /** SQL condition on a row of any relation and `watermark`: it comes too late. Else of relation a, a_arrived has all rows, with `arrived`. */
  late?: string;
  /** Of append output: what rows of the truth must be out, as a condition over them. Others may be. */
  due?: string;
  /** Batches are so far apart and their time is the watermark; the truth may read `arrived`, the time of a row's batch. */
  batchSeconds?: number;
};

const BATCHES = 6;
const RETRIED = 0.3;

export function specFor({
  relations,
  query,
  mode,
  others,
  tables = [],
  refreshed = [],
  views = [],
}: Differential): JobSpec {
  const base = specOf(query, mode);
  const named = Object.entries({ main: { query, mode }, ...others }).map(
    ([name, one]): OutputSpec => ({ name, query: one.query, sink: { type: 'noop' }, outputMode: one.mode }),
  );
  const [source] = base.sources;
  const sources = relations.map(({ name, columns, watermark, changes }) => ({
    ...source!,
    name,
    topics: [name],
    format: { kind: 'json' as const, columns },
    changes: changes ?? null,
    watermark: watermark && {
      ...{ column: watermark.column, delayMs: watermark.delaySeconds * 1_000, idleTimeoutMs: 30_000 },
      futureMaxMs: 86_400_000,
    },
  }));
  const allTables = [...tables, ...refreshed.map(({ table }) => table)];
  return { ...base, outputs: others ? named : base.outputs, sources, tables: allTables, views };
}

/** How many batches, and whether one more follows that brings nothing but a watermark past everything. */
export type DifferentialOptions = {
  seed: number;
  /** Among how many lanes state is divided. */
  slices: number;
  folder: string;
  /** Of each relation. */
  rows: number;
  batches?: number;
  flush?: boolean;
  /** A database to run in, where the caller has one. */
  instance?: DuckDBInstance;
  interpreter?: InterpreterOptions;
};

/** Throws where the steps differ. */
export async function runDifferential(one: Differential, plan: JobPlan, options: DifferentialOptions): Promise<void> {
  const { seed, slices, folder, rows, batches = BATCHES, flush = false } = options;
  const random = mulberry(seed * 7919 + 17);
  const instance = options.instance ?? (await openDatabase());
  const oracle = await instance.connect();
  const retries = () => random() < RETRIED;
  const interpreter = await interpret(plan, slices, folder, retries, { instance, ...options.interpreter });
  try {
    const { arrivals, watermarks } = await bringRows(oracle, one, { seed, rows, batches, flush, random });
    for (const table of one.tables ?? []) await oracle.run(tableOfOracle(table));
    const outputs = outputsOf(plan).map((output) => {
      const { query, truth } = one.others?.[output.name] ?? one;
      return { name: output.name, reader: accumulator(output), truth: withViews(one.views ?? [], truth, query) };
    });
    for (const [batch, watermark] of watermarks.entries()) {
      const times = {
        batchTime: one.batchSeconds ? watermark : BATCH_TIME,
        watermark,
        previousWatermark: watermarks[batch - 1] ?? FOREVER_AGO,
      };
      const tasks = await tasksOf(oracle, plan, { relations: one.relations, arrivals, batch, folder });
      for (const { table, rows: sql } of one.refreshed ?? []) {
        const [history, version] = [`"${table.name}_by_batch"`, `SELECT ${batch} AS __batch, * FROM (${sql(batch)})`];
        const kept = batch === 0 ? `CREATE TEMP TABLE ${history} AS ${version}` : `INSERT INTO ${history} ${version}`;
        await oracle.run(kept);
        await interpreter.refresh(table.name, sql(batch));
      }
      const batchOutput = await interpreter.runBatch(tasks, times);
      await oracle.run(`SET VARIABLE batch = ${batch}`);
      const label = `seed ${seed}, ${slices} slices, batch ${batch} of ${batches}, watermark ${watermark}`;
      const answer = (sql: string) => read(oracle, sql.replaceAll('$watermark', `TIMESTAMP '${watermark}'`));
      for (const { name, reader, truth } of outputs) {
        reader.take(batchOutput);
        const place = `${name}, ${label}`;
        if (one.due === undefined || (flush && batch === batches))
          assert.deepEqual(reader.rows(), (await answer(truth)).map(comparable).sort(), place);
        else await compareWithin(one.due, truth, reader.rows(), answer, place);
      }
    }
    if (one.truth === undefined) {
      const described = await read(oracle, `DESCRIBE ${withViews(one.views ?? [], undefined, one.query)}`);
      const names = plan.output.columns.map(({ name }) => name).filter((name) => name !== '__op');
      assert.deepEqual(
        names,
        described.map(([name]) => name),
        'names of the columns',
      );
    }
  } finally {
    interpreter.close();
    for (const { name } of one.relations) await oracle.run(`DROP TABLE IF EXISTS "all_${name}"`);
    oracle.closeSync();
  }
}

/** For the truth, without a detour through CSV: `text` has one plain line for each row. */
function tableOfOracle({ name, columns, text }: EmbeddedTable): string {
  const [, ...lines] = text.trim().split('\n');
  const rows = lines.map((line) =>
    line.split(',').map((value, index) => `CAST(${value === '' ? 'NULL' : `'${value}'`} AS ${columns[index]!.type})`),
  );
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  return `CREATE TEMP TABLE "${name}" AS SELECT * FROM (VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}) AS t(${names})`;
}

function withViews(views: readonly ViewSpec[], truth: string | undefined, query: string): string {
  if (truth !== undefined || views.length === 0) return truth ?? query;
  return `WITH ${views.map((view) => `"${view.name}" AS (${view.query})`).join(', ')} ${query}`;
}

/** What is out must be in the answer, and all of the answer that is due must be out. */
async function compareWithin(
  due: string,
  truth: string,
  out: readonly string[],
  answer: (sql: string) => Promise<Row[]>,
  label: string,
): Promise<void> {
  const rows = await answer(`SELECT *, coalesce(${due}, FALSE) FROM (${truth})`);
  const split = (isDue: boolean) =>
    rows.filter((row) => row.at(-1) === isDue).map((row) => comparable(row.slice(0, -1)));
  const missing = less(split(true), out);
  const tooMuch = less(out, [...split(true), ...split(false)]);
  assert.deepEqual({ missing, tooMuch }, { missing: [], tooMuch: [] }, label);
}

/** Those of `some` that are not in `others`, as often as they are not. */
function less(some: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  return some.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}

/** A reader of an output, as its mode wants it. */
export function accumulator({ name, mode, keyColumns, columns }: NamedOutput): {
  take(output: BatchOutput): void;
  rows(): string[];
} {
  const keyOf = (row: Row) =>
    JSON.stringify(keyColumns.map((name) => row[columns.findIndex((column) => column.name === name)]));
  let appended: string[] = [];
  const keyed = new Map<string, string>();
  const counted = new Map<string, number>();
  const change = (row: string, by: number) => {
    const count = (counted.get(row) ?? 0) + by;
    if (count === 0) counted.delete(row);
    else counted.set(row, count);
  };
  return {
    take(batch) {
      const rows = batch.rows.filter(({ output }) => output === name);
      if (mode === 'complete') appended = [];
      const keysOfBatch = rows.map(({ values }) => keyOf(values));
      if (mode === 'update') assert.equal(new Set(keysOfBatch).size, rows.length, 'a key comes twice in one batch');
      for (const { values, weight } of rows) {
        if (mode === 'changelog') change(comparable(values.slice(0, -1)), values.at(-1) === 'c' ? 1 : -1);
        else if (mode !== 'update') appended.push(comparable(values));
        else if (weight > 0) keyed.set(keyOf(values), comparable(values));
        else assert.equal(keyed.delete(keyOf(values)), true, 'a row is deleted that was never there');
      }
      for (const [row, count] of counted) assert.ok(count > 0, `there are ${count} rows ${row}`);
    },
    rows() {
      if (mode === 'update') return [...keyed.values()].sort();
      if (mode === 'changelog')
        return [...counted].flatMap(([row, count]) => new Array<string>(count).fill(row)).sort();
      return appended.toSorted();
    },
  };
}

/** Digits in which doubles must agree: sums of doubles depend on their order. */
const DOUBLE_DIGITS = 9;

export const comparable = (row: Row): string =>
  JSON.stringify(row, (_, value: unknown) => {
    if (typeof value !== 'number') return value;
    return Number.isInteger(value) ? value + 0 : value.toPrecision(DOUBLE_DIGITS);
  });

export function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
