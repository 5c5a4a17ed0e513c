// Runs a query with a stateTtl in steps at times of their own. What the steps have put out must be DuckDB's answer over what the
// rules of docs/sql.md say is still there, which a case spells out over tables of all rows with the time at which each came.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type JobPlan, outputsOf } from '@millrace/shared/plan';
import type { OutputMode } from '@millrace/shared/spec';
import type { StateTtlRecord } from '@millrace/shared/store';
import { nextStateTtl } from '../../../driver/src/planning/state-ttl.ts';
import { accumulator, comparable, FOREVER_AGO, mulberry } from './differential.ts';
import { interpret, read } from './plan-interpreter.ts';
import { SMALL_RELATIONS, SMALL_ROWS } from './small-relations.ts';
import { storeState } from './stored-state.ts';

export const TTL_MS = 60_000;

/** `truth`: over the tables all_a and all_b: see `stillThere`, `activeGroups`. */
export type TtlCase = { query: string; mode?: OutputMode; truth: string };

/** Rows of a relation that came after the cutoff of the last batch. */
export const stillThere = (name: string): string => `(SELECT * FROM all_${name} WHERE arrived > cutoff_now)`;

/**
 * Rows of groups since they were idle for the ttl last, or began; not those that are idle now, but for readers that hear of nothing
 * that ends (`silent`).
 */
export function activeGroups(rows: string, keys: string, { silent = false } = {}): string {
  const starts = `SELECT *, coalesce((lag(arrived) OVER (PARTITION BY ${keys} ORDER BY arrived) <= cutoff_then)::INTEGER, 0) AS starts FROM (${rows})`;
  const runs = `SELECT *, sum(starts) OVER (PARTITION BY ${keys} ORDER BY arrived) AS run FROM (${starts})`;
  const last = `SELECT *, max(run) OVER (PARTITION BY ${keys}) AS last_run, max(arrived) OVER (PARTITION BY ${keys}) AS touched FROM (${runs})`;
  return `(SELECT * FROM (${last}) WHERE run = last_run${silent ? '' : ' AND touched > cutoff_now'})`;
}

const BATCHES = 12;
const RETRIED = 0.3;
const LOST = 0.25;
const EMPTY_BATCH = 0.25;
/** Of batches, in which the time since the last one is longer than the ttl. */
const LONG_PAUSE = 0.1;
const START_MS = Date.UTC(2024, 0, 1, 12);

export async function runTtlDifferential(
  one: TtlCase,
  plan: JobPlan,
  { seed, slices, folder }: { seed: number; slices: number; folder: string },
): Promise<void> {
  const random = mulberry(seed * 104_729 + 31);
  const oracle = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const stored = storeState(folder, () => random() < LOST);
  const interpreter = await interpret(plan, slices, folder, () => random() < RETRIED, { stored });
  try {
    for (const { name, rows } of SMALL_RELATIONS)
      await oracle.run(
        `CREATE TABLE all_${name} AS SELECT *, NULL::TIMESTAMP AS arrived, NULL::TIMESTAMP AS cutoff_then, NULL::TIMESTAMP AS cutoff_now FROM (${rows(seed)})`,
      );
    const reader = accumulator(outputsOf(plan)[0]!);
    const from = new Map(SMALL_RELATIONS.map(({ name }) => [name, 0]));
    let nowMs = START_MS;
    let ttl: StateTtlRecord | null = null;
    for (let batch = 0; batch < BATCHES; batch++) {
      const previous: StateTtlRecord | null = ttl;
      nowMs += Math.floor(random() < LONG_PAUSE ? TTL_MS * (1 + random()) : (random() * TTL_MS) / 3);
      ttl = nextStateTtl(previous, TTL_MS, nowMs)!;
      const batchTime: string = textOf(nowMs);
      const cutoff: string = textOf(ttl.cutoffMs);
      const tasks: Record<string, string[]> = {};
      for (const { name } of SMALL_RELATIONS) {
        const start = from.get(name)!;
        const step = random() < EMPTY_BATCH ? 0 : Math.floor(random() * (SMALL_ROWS / 5));
        const until = batch === BATCHES - 1 ? SMALL_ROWS : Math.min(SMALL_ROWS, start + step);
        tasks[name] = await tasksOf(oracle, plan, name, join(folder, `input-${name}`), [start, until]);
        await comes(oracle, name, [start, until], batchTime, cutoff);
        from.set(name, until);
      }
      const previousCutoff = previous === null ? FOREVER_AGO : textOf(previous.cutoffMs);
      const times = { batchTime, watermark: FOREVER_AGO, previousWatermark: FOREVER_AGO, cutoff, previousCutoff };
      reader.take(await interpreter.runBatch(tasks, times));
      const label = `seed ${seed}, ${slices} slices, batch ${batch} at ${batchTime}, rows ${JSON.stringify(Object.fromEntries(from))}`;
      assert.deepEqual(reader.rows(), (await read(oracle, one.truth)).map(comparable).sort(), label);
    }
  } finally {
    interpreter.close();
    oracle.closeSync();
  }
}

/** Two map tasks for the rows of a batch; none where nothing came. */
async function tasksOf(
  oracle: DuckDBConnection,
  plan: JobPlan,
  name: string,
  path: string,
  [start, until]: [number, number],
): Promise<string[]> {
  const source = plan.sources.find((one) => one.name === name);
  if (start === until || source === undefined) return [];
  const columns = source.columns.map((column) => `"${column.name}"`).join(', ');
  const half = Math.floor((start + until) / 2);
  const tasks: string[] = [];
  for (const [from, to] of [
    [start, half],
    [half, until],
  ]) {
    const file = `${path}-${tasks.length}.parquet`;
    const rows = `SELECT ${columns} FROM all_${name} WHERE n >= ${from} AND n < ${to} ORDER BY n`;
    await oracle.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
    tasks.push(`read_parquet('${file}')`);
  }
  return tasks;
}

async function comes(
  oracle: DuckDBConnection,
  name: string,
  [start, until]: [number, number],
  time: string,
  cutoff: string,
): Promise<void> {
  await oracle.run(
    `UPDATE all_${name} SET arrived = '${time}', cutoff_then = '${cutoff}' WHERE n >= ${start} AND n < ${until}`,
  );
  await oracle.run(`UPDATE all_${name} SET cutoff_now = '${cutoff}'`);
}

const textOf = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
