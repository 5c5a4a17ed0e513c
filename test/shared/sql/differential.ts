// Runs a query in steps and, after every step, as a whole: what the steps have put out must be DuckDB's answer over all rows so far.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
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
import { changeRows, keyOfChanges } from './change-rows.ts';
import { type BatchOutput, type BatchTimes, interpret, type Row, read } from './plan-interpreter.ts';
import { specOf } from './spec-of.ts';

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
  /** SQL condition on a row of any relation and `watermark`: it comes too late. */
  late?: string;
  /** Batches are so far apart and their time is the watermark; the truth may read `arrived`, the time of a row's batch. */
  batchSeconds?: number;
};

export const FOREVER_AGO = '-infinity';
const BATCHES = 6;
const RETRIED = 0.3;
const EMPTY_BATCH = 0.2;

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

/** Throws where the steps differ. `slices`: among how many lanes state is divided. */
export async function runDifferential(
  one: Differential,
  plan: JobPlan,
  { seed, slices, folder, rows }: { seed: number; slices: number; folder: string; rows: number },
): Promise<void> {
  const random = mulberry(seed * 7919 + 17);
  const oracle = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const interpreter = await interpret(plan, slices, folder, () => random() < RETRIED);
  try {
    for (const { name, rows: sql } of one.relations)
      await oracle.run(
        `CREATE TABLE "all_${name}" AS SELECT *, FALSE AS late, NULL::TIMESTAMP AS counts_from, NULL::INTEGER AS batch, NULL::TIMESTAMP AS arrived FROM (${sql(seed)})`,
      );
    for (const table of one.tables ?? []) await oracle.run(tableOfOracle(table));
    const outputs = outputsOf(plan).map((output) => {
      const { query, truth } = one.others?.[output.name] ?? one;
      return { name: output.name, reader: accumulator(output), truth: withViews(one.views ?? [], truth, query) };
    });
    const from = new Map(one.relations.map(({ name }) => [name, 0]));
    const { batchSeconds } = one;
    const batchTime = '2024-01-01 12:00:00';
    let times: BatchTimes = {
      batchTime,
      watermark: batchSeconds ? batchTime : FOREVER_AGO,
      previousWatermark: FOREVER_AGO,
    };
    for (let batch = 0; batch < BATCHES; batch++) {
      const files: Record<string, string[]> = {};
      for (const relation of one.relations) {
        const { name } = relation;
        const start = from.get(name)!;
        const step = random() < EMPTY_BATCH ? 0 : Math.floor(random() * (rows / 3));
        const until = batch === BATCHES - 1 ? rows : Math.min(rows, start + step);
        if (relation.changes)
          await oracle.run(
            `UPDATE "all_${name}" SET ${countsFrom(relation, times.watermark)} WHERE n >= ${start} AND n < ${until}`,
          );
        else if (one.late) {
          const condition = one.late.replaceAll('watermark', `TIMESTAMP '${times.watermark}'`);
          await oracle.run(
            `UPDATE "all_${name}" SET late = coalesce(${condition}, TRUE) WHERE n >= ${start} AND n < ${until}`,
          );
        }
        await oracle.run(
          `UPDATE "all_${name}" SET batch = ${batch}, arrived = TIMESTAMP '${times.batchTime}' WHERE n >= ${start} AND n < ${until}`,
        );
        files[name] = await cut(oracle, plan, relation, folder, start, until, random);
        from.set(name, until);
      }
      for (const { table, rows: sql } of one.refreshed ?? []) {
        const [history, version] = [`"${table.name}_by_batch"`, `SELECT ${batch} AS __batch, * FROM (${sql(batch)})`];
        await oracle.run(batch === 0 ? `CREATE TABLE ${history} AS ${version}` : `INSERT INTO ${history} ${version}`);
        await interpreter.refresh(table.name, sql(batch));
      }
      const batchOutput = await interpreter.runBatch(files, times);
      for (const { reader } of outputs) reader.take(batchOutput);
      for (const relation of one.relations) {
        const { name } = relation;
        const until = from.get(name)!;
        await oracle.run(
          `CREATE OR REPLACE TEMP VIEW "${name}" AS ${tableAsOf(relation, until, batchSeconds !== undefined)}`,
        );
        if (relation.changes)
          await oracle.run(`CREATE OR REPLACE TEMP VIEW "${name}_versions" AS ${versionsAsOf(relation, until)}`);
        else await oracle.run(`CREATE OR REPLACE TEMP VIEW "${name}_by_batch" AS ${rowsByBatch(relation, until)}`);
      }
      const label = `seed ${seed}, ${slices} slices, batch ${batch}, rows ${JSON.stringify(Object.fromEntries(from))}`;
      for (const { name, reader, truth } of outputs) {
        const spelled = truth.replaceAll('$watermark', `TIMESTAMP '${times.watermark}'`);
        assert.deepEqual(reader.rows(), (await read(oracle, spelled)).map(comparable).sort(), `${name}, ${label}`);
      }
      const next = batchSeconds
        ? String((await read(oracle, `SELECT TIMESTAMP '${times.batchTime}' + to_seconds(${batchSeconds})`))[0]![0])
        : null;
      times = {
        batchTime: next ?? times.batchTime,
        previousWatermark: times.watermark,
        watermark: next ?? (await watermarkAfter(oracle, one, from, times.watermark)),
      };
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
    oracle.closeSync();
  }
}

/** What the rows so far come to. */
function tableAsOf({ name, columns, changes }: Relation, until: number, withArrival: boolean): string {
  const listed = [...columns.map((column) => `"${column.name}"`), ...(withArrival ? ['arrived'] : [])].join(', ');
  if (!changes) return `SELECT ${listed} FROM "all_${name}" WHERE n < ${until} AND NOT late`;
  const newest = `QUALIFY row_number() OVER (PARTITION BY ${keyOfChanges(changes)} ORDER BY n DESC) = 1`;
  return `SELECT ${listed} FROM (SELECT * FROM "all_${name}" WHERE n < ${until} ${newest}) WHERE NOT gone`;
}

function rowsByBatch({ name, columns }: Relation, until: number): string {
  const listed = columns.map((column) => `"${column.name}"`).join(', ');
  return `SELECT batch AS __batch, ${listed} FROM "all_${name}" WHERE n < ${until} AND NOT late`;
}

/** A version that comes when the watermark has passed its time counts from then on. */
const countsFrom = ({ watermark }: Relation, now: string): string => {
  const since = watermark ? `"${watermark.column}"` : 'NULL';
  return `counts_from = CASE WHEN ${since} <= TIMESTAMP '${now}' THEN TIMESTAMP '${now}' + INTERVAL 1 microsecond ELSE ${since} END`;
};

/** All versions so far of each row, with `gone` and `counts_from`. */
function versionsAsOf({ name, changes }: Relation, until: number): string {
  const last = `QUALIFY row_number() OVER (PARTITION BY ${keyOfChanges(changes!)}, counts_from ORDER BY n DESC) = 1`;
  return `SELECT * FROM "all_${name}" WHERE n < ${until} AND counts_from IS NOT NULL ${last}`;
}

/** For the truth, without a detour through CSV: `text` has one plain line for each row. */
function tableOfOracle({ name, columns, text }: EmbeddedTable): string {
  const [, ...lines] = text.trim().split('\n');
  const rows = lines.map((line) =>
    line.split(',').map((value, index) => `CAST(${value === '' ? 'NULL' : `'${value}'`} AS ${columns[index]!.type})`),
  );
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  return `CREATE TABLE "${name}" AS SELECT * FROM (VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}) AS t(${names})`;
}

function withViews(views: readonly ViewSpec[], truth: string | undefined, query: string): string {
  if (truth !== undefined || views.length === 0) return truth ?? query;
  return `WITH ${views.map((view) => `"${view.name}" AS (${view.query})`).join(', ')} ${query}`;
}

/** Cuts rows into map tasks at random places; no rows, no tasks. */
async function cut(
  oracle: DuckDBConnection,
  plan: JobPlan,
  relation: Relation,
  folder: string,
  from: number,
  until: number,
  random: () => number,
): Promise<string[]> {
  const { name, changes } = relation;
  const source = plan.sources.find((one) => one.name === name);
  if (from === until || source === undefined) return [];
  const ends = [Math.floor(from + random() * (until - from)), until].sort((a, b) => a - b);
  const columns = source.columns.map((column) => `"${column.name}"`).join(', ');
  const files: string[] = [];
  for (const [i, end] of ends.entries()) {
    const file = join(folder, `input-${name}-${i}.parquet`);
    const rows = changes
      ? await changeRows(
          oracle,
          source,
          { ...relation, changes },
          join(folder, `${name}.lines`),
          ends[i - 1] ?? from,
          end,
        )
      : `SELECT ${columns} FROM "all_${name}" WHERE n >= ${ends[i - 1] ?? from} AND n < ${end} ORDER BY n`;
    await oracle.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
    files.push(file);
  }
  return files;
}

async function watermarkAfter(
  oracle: DuckDBConnection,
  { relations }: Differential,
  from: ReadonlyMap<string, number>,
  before: string,
): Promise<string> {
  const each = relations.flatMap(({ name, watermark }) =>
    watermark === null
      ? []
      : `SELECT max("${watermark.column}") - INTERVAL '${watermark.delaySeconds} seconds' AS w FROM "all_${name}" WHERE n < ${from.get(name)}`,
  );
  if (each.length === 0) return FOREVER_AGO;
  const [row] = await read(
    oracle,
    `SELECT CASE WHEN count(w) = ${each.length} THEN min(w) END FROM (${each.join(' UNION ALL ')})`,
  );
  const now = row![0] as string | null;
  return now === null || (before !== FOREVER_AGO && now < before) ? before : now;
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
