// The rows of a differential test: all of them in tables, with when they come, and views of what has come.
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { JobPlan } from '@millrace/shared/plan';
import { type Arrival, scheduleRows, watermarksOf } from './batch-schedule.ts';
import { changeRows, keyOfChanges } from './change-rows.ts';
import type { Differential, Relation } from './differential.ts';
import { read } from './plan-interpreter.ts';

export const FOREVER_AGO = '-infinity';
/** Of all batches, unless they are so far apart that their time moves; then of the first. */
export const BATCH_TIME = '2024-01-01 12:00:00.000';
const PAST_EVERYTHING = '2024-01-02 00:00:00';

/** By relation and number of the row. */
export type Arrivals = Record<string, Arrival[]>;
/** Of each batch, as text of a TIMESTAMP. */
export type Brought = { arrivals: Arrivals; watermarks: string[] };

type Schedule = { seed: number; rows: number; batches: number; flush: boolean; random: () => number };

/**
 * Makes all rows, with when they come. Of a relation r the view r has those that have come until the variable `batch` and were not
 * late, r_arrived all of them with the watermark of their batch, r_by_batch those that were not late with their batch, and of changes r_versions what each of them was at what time.
 */
export async function bringRows(
  oracle: DuckDBConnection,
  { relations, late, batchSeconds }: Pick<Differential, 'relations' | 'late' | 'batchSeconds'>,
  { seed, rows, batches, flush, random }: Schedule,
): Promise<Brought> {
  const arrivals: Arrivals = {};
  const timed: Parameters<typeof watermarksOf>[0][number][] = [];
  for (const { name, watermark, changes, rows: sql } of relations) {
    // Changes of a row come in their order.
    const own = scheduleRows(rows, batches, random, changes ? 1 : undefined);
    arrivals[name] = own;
    if (watermark === null) continue;
    const found = await read(oracle, `SELECT n, epoch_us("${watermark.column}") FROM (${sql(seed)})`);
    const timedRows = found.map(([n, micros]) => ({
      ...own[Number(n)]!,
      timeMicros: micros === null ? null : BigInt(String(micros)),
    }));
    timed.push({ rows: timedRows, delayMicros: BigInt(watermark.delaySeconds) * 1_000_000n });
  }
  const ofTime = (batch: number) =>
    momentOf(BigInt(Date.parse(`${BATCH_TIME}Z`) + batch * batchSeconds! * 1_000) * 1_000n);
  const ofRows = watermarksOf(timed, batches, random).map((micros) =>
    micros === null ? FOREVER_AGO : momentOf(micros),
  );
  const marks = batchSeconds ? ofRows.map((_, batch) => ofTime(batch)) : ofRows;
  const watermarks = [...marks.slice(0, batches), ...(flush ? [PAST_EVERYTHING] : [])];
  for (const relation of relations) {
    const list = (of: (arrival: Arrival) => string | number) =>
      `([${arrivals[relation.name]!.map(of).join(', ')}])[n + 1]`;
    const arrived = list(({ batch }) => `TIMESTAMP '${watermarks[batch]}'`);
    const isLate =
      late === undefined || relation.changes ? 'FALSE' : `coalesce(${late.replaceAll('watermark', 'arrived')}, TRUE)`;
    const came = `SELECT *, ${list(({ batch }) => batch)} AS batch, ${list(({ task }) => task)} AS task, ${arrived} AS arrived FROM (${relation.rows(seed)})`;
    const all = `CREATE TABLE "all_${relation.name}" AS SELECT *, ${isLate} AS late, ${countsFrom(relation)} AS counts_from FROM (${came})`;
    await oracle.run([all, ...viewsOf(relation, batchSeconds !== undefined)].join(';\n'));
  }
  return { arrivals, watermarks };
}

const momentOf = (micros: bigint): string =>
  new Date(Number(micros / 1_000n)).toISOString().replace('T', ' ').replace('Z', '');

/** A version that comes when the watermark has passed its time counts from then on. */
function countsFrom({ watermark, changes }: Relation): string {
  if (!changes || !watermark) return 'NULL::TIMESTAMP';
  const since = `"${watermark.column}"`;
  return `CASE WHEN ${since} <= arrived THEN arrived + INTERVAL 1 microsecond ELSE ${since} END`;
}

/** `timed`: r itself has `arrived`, the time of the batch. */
function viewsOf({ name, columns, changes }: Relation, timed: boolean): string[] {
  const listed = columns.map((column) => `"${column.name}"`).join(', ');
  const soFar = `FROM "all_${name}" WHERE batch <= getvariable('batch')`;
  const view = (suffix: string, sql: string) => `CREATE TEMP VIEW "${name}${suffix}" AS ${sql}`;
  if (!changes)
    return [
      view('', `SELECT ${listed}${timed ? ', arrived' : ''} ${soFar} AND NOT late`),
      view('_arrived', `SELECT ${listed}, arrived ${soFar}`),
      view('_by_batch', `SELECT batch AS __batch, ${listed} ${soFar} AND NOT late`),
    ];
  const key = keyOfChanges(changes);
  const newest = `QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY n DESC) = 1`;
  const last = `QUALIFY row_number() OVER (PARTITION BY ${key}, counts_from ORDER BY n DESC) = 1`;
  return [
    view('', `SELECT ${listed} FROM (SELECT * ${soFar} ${newest}) WHERE NOT gone`),
    view('_versions', `SELECT * ${soFar} AND counts_from IS NOT NULL ${last}`),
  ];
}

type Reading = { relations: readonly Relation[]; arrivals: Arrivals; batch: number; folder: string };

/** What stands behind FROM for each map task of a batch, by source. */
export async function tasksOf(
  oracle: DuckDBConnection,
  plan: JobPlan,
  { relations, arrivals, batch, folder }: Reading,
): Promise<Record<string, string[]>> {
  const tasks: Record<string, string[]> = {};
  for (const source of plan.sources) {
    const { name, columns } = source;
    const relation = relations.find((one) => one.name === name)!;
    const rowsByTask = Map.groupBy(
      arrivals[name]!.flatMap((one, row) => (one.batch === batch ? [{ task: one.task, row }] : [])),
      ({ task }) => task,
    );
    const listed = columns.map((column) => `"${column.name}"`).join(', ');
    tasks[name] = [];
    for (const [task, rows] of [...rowsByTask].sort(([a], [b]) => a - b)) {
      const { changes } = relation;
      const file = join(folder, `${name}-${task}.lines`);
      const [first, last] = [rows[0]!.row, rows.at(-1)!.row];
      const sql = changes
        ? await changeRows(oracle, source, { ...relation, changes }, file, first, last + 1)
        : `SELECT ${listed} FROM "all_${name}" WHERE batch = ${batch} AND task = ${task} ORDER BY n`;
      tasks[name].push(`(${sql})`);
    }
  }
  return tasks;
}
