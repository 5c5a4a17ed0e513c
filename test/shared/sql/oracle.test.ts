import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type JobPlan, outputsOf } from '@millrace/shared/plan';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';

import { accumulator, comparable, FOREVER_AGO, mulberry } from './differential.ts';
import { type BatchTimes, interpret, read } from './plan-interpreter.ts';
import { QUERY_CASES, type QueryCase } from './query-cases.ts';
import { EVENT_COLUMNS, specOf } from './spec-of.ts';

// After every batch the accumulated output must equal DuckDB's answer to the same query over all rows that were not late.

const ROWS = 240;
const BATCHES = 6;
const SEEDS = [1, 2];
const SLICES_MAX = 3;
/** How far event times lie back from their order, and how far the watermark does. */
const DISORDER_SECONDS = 30;
const DELAY_SECONDS = 5;

let frontend: SqlFrontend;
let folder: string;
before(async () => {
  frontend = await openDuckDbFrontend();
  folder = await mkdtemp(join(tmpdir(), 'millrace-oracle-'));
});
after(async () => {
  frontend.close();
  await rm(folder, { recursive: true });
});

for (const [index, one] of QUERY_CASES.entries()) {
  test(`${one.mode}: ${one.query}`, async () => {
    const compiled = await compileJob(specOf(one.query, one.mode), frontend);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    for (const seed of SEEDS) await compare(one, compiled.plan, seed, 1 + ((seed + index) % SLICES_MAX));
  });
}

async function compare(one: QueryCase, plan: JobPlan, seed: number, slices: number): Promise<void> {
  const random = mulberry(seed * 7919);
  const oracle = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const interpreter = await interpret(plan, slices, folder, () => random() < 0.3);
  try {
    await oracle.run(`CREATE TABLE stored AS SELECT *, NULL::TIMESTAMP AS arrived FROM (${rowsOf(seed)})`);
    let from = 0;
    let times: BatchTimes = {
      batchTime: '2024-01-01 12:00:00',
      watermark: FOREVER_AGO,
      previousWatermark: FOREVER_AGO,
    };
    let lateBefore = 0;
    const reader = accumulator(outputsOf(plan)[0]!);
    for (let batch = 0; batch < BATCHES; batch++) {
      const until =
        batch === BATCHES - 1 ? ROWS : Math.min(ROWS, from + (random() < 0.2 ? 0 : Math.floor(random() * (ROWS / 3))));
      await markLate(oracle, one, from, until, times.watermark);
      const tasks = await cut(oracle, plan, from, until, random);
      const output = await interpreter.runBatch({ events: tasks }, times);
      reader.take(output);
      const label = `seed ${seed}, batch ${batch}, rows ${from} to ${until}`;
      assert.deepEqual(reader.rows(), await truth(oracle, one, until, times.watermark), label);
      const late = Number((await read(oracle, 'SELECT count(*) FROM stored WHERE late'))[0]![0]);
      if (one.unfiltered) assert.equal(output.lateRows, late - lateBefore, `${label}: late rows`);
      lateBefore = late;
      from = until;
      times = { ...times, previousWatermark: times.watermark, watermark: await watermarkAfter(oracle, until) };
    }
    if (one.unfiltered) assert.ok(lateBefore > 0, 'the rows of this seed test no late row');
  } finally {
    interpreter.close();
    oracle.closeSync();
  }
}

/** Rows with NULLs, NaN, both zeros, infinity, negative numbers and times out of order. */
function rowsOf(seed: number): string {
  const pick = (salt: number, values: string[]) =>
    `([${values.join(', ')}])[(1 + hash(n, ${seed}, ${salt}) % ${values.length})::INTEGER]`;
  const below = (salt: number, limit: number) => `(hash(n, ${seed}, ${salt}) % ${limit})::INTEGER`;
  const time = `TIMESTAMP '2024-01-01' + to_milliseconds(n * 500 - ${below(7, DISORDER_SECONDS * 1000)})`;
  const columns = [
    pick(1, ["'ann'", "'bob'", "'Zoë'", "''", 'NULL']),
    pick(2, ["'DE'", "'FR'", 'NULL']),
    `CASE WHEN ${below(3, 10)} = 0 THEN NULL ELSE (${below(3, 20000)} - 5000) / 100 END`,
    `CASE WHEN ${below(4, 8)} = 0 THEN NULL ELSE ${below(4, 12)} - 2 END`,
    pick(5, [
      "'NaN'::DOUBLE",
      '0.0::DOUBLE',
      '-0.0::DOUBLE',
      '1.5',
      '-2.25',
      "'inf'::DOUBLE",
      'NULL',
      '3.75',
      '1024.5',
    ]),
    pick(6, ['TRUE', 'TRUE', 'FALSE', 'NULL']),
    `CASE WHEN ${below(8, 40)} = 0 THEN NULL ELSE ${time} END`,
    `TIMESTAMP '1969-12-31 23:55:00' + to_seconds(n * 7)`,
    pick(9, ["['a', 'b']", '[]', 'NULL', "['b', NULL]"]),
    pick(10, ["{'city': 'Bonn', 'zip': 5}", "{'city': 'Köln', 'zip': NULL}", 'NULL']),
  ];
  const typed = columns.map((sql, i) => `CAST(${sql} AS ${EVENT_COLUMNS[i]!.type}) AS "${EVENT_COLUMNS[i]!.name}"`);
  return `SELECT n, FALSE AS late, ${typed.join(', ')} FROM range(${ROWS}) AS r(n)`;
}

const bucket = (seconds: number) =>
  `time_bucket(INTERVAL '${seconds} seconds', ts, TIMESTAMP '1970-01-01') + INTERVAL '${seconds} seconds'`;

/** A row is late when its window is closed as it comes, or when it has no event time; of several windows each is judged by itself. */
async function markLate(
  oracle: DuckDBConnection,
  { windowSeconds, query }: QueryCase,
  from: number,
  until: number,
  watermark: string,
): Promise<void> {
  const come = `n >= ${from} AND n < ${until}`;
  await oracle.run(`UPDATE stored SET arrived = TIMESTAMP '${watermark}' WHERE ${come}`);
  if (windowSeconds === null || HOP.test(query)) return;
  await oracle.run(
    `UPDATE stored SET late = coalesce(${bucket(windowSeconds)} <= TIMESTAMP '${watermark}', TRUE) WHERE ${come}`,
  );
}

const HOP = /hop\((\(.*\)|events), (\w+), (INTERVAL '[^']*'), (INTERVAL '[^']*')\)( t)?/;

/** Every window that begins on the grid of the slide and has the row's time in it. */
function hopped(relation: string, time: string, slide: string, size: string): string {
  const grid = `generate_series(time_bucket(${slide}, min(ts) - ${size}, TIMESTAMP '1970-01-01'), max(ts), ${slide})`;
  const starts = `(SELECT unnest(${grid}) AS window_start FROM events)`;
  return (
    `(SELECT r.* EXCLUDE (arrived), s.window_start, s.window_start + ${size} AS window_end FROM ${relation} AS r, ${starts} AS s ` +
    `WHERE r.${time} >= s.window_start AND r.${time} < s.window_start + ${size} AND s.window_start + ${size} > r.arrived) t`
  );
}

/** Cuts a batch into map tasks at random places; no rows, no tasks. */
async function cut(
  oracle: DuckDBConnection,
  plan: JobPlan,
  from: number,
  until: number,
  random: () => number,
): Promise<string[]> {
  if (from === until) return [];
  const ends = [Math.floor(from + random() * (until - from)), Math.floor(from + random() * (until - from)), until].sort(
    (a, b) => a - b,
  );
  const columns = plan.sources[0]!.columns.map(({ name }) => `"${name}"`).join(', ');
  const tasks: string[] = [];
  for (const [i, end] of ends.entries()) {
    const file = join(folder, `input-${i}.parquet`);
    await oracle.run(
      `COPY (SELECT ${columns} FROM stored WHERE n >= ${ends[i - 1] ?? from} AND n < ${end}) TO '${file}' (FORMAT parquet)`,
    );
    tasks.push(`read_parquet('${file}')`);
  }
  return tasks;
}

async function truth(
  oracle: DuckDBConnection,
  { query, mode, windowSeconds }: QueryCase,
  until: number,
  watermark: string,
): Promise<string[]> {
  const arrived = HOP.test(query) ? [{ name: 'arrived' }] : [];
  const columns = [...EVENT_COLUMNS, ...arrived].map(({ name }) => `"${name}"`).join(', ');
  await oracle.run(
    `CREATE OR REPLACE TEMP VIEW events AS SELECT ${columns} FROM stored WHERE n < ${until} AND NOT late`,
  );
  const spelled = query
    .replace(HOP, (_, relation, time, slide, size) => hopped(relation, time, slide, size))
    .replace(
      /tumble\((\(.*\)|events), (\w+), (INTERVAL '[^']*'|INTERVAL \d+ \w+)\)( t)?/,
      (_, relation, time, size) => {
        const start = `time_bucket(${size}, ${time}, TIMESTAMP '1970-01-01')`;
        return `(SELECT *, ${start} AS window_start, ${start} + ${size} AS window_end FROM ${relation}) t`;
      },
    );
  const closed =
    mode === 'append' && windowSeconds !== null
      ? `SELECT * FROM (${spelled}) WHERE window_end <= TIMESTAMP '${watermark}'`
      : spelled;
  const rows = await read(oracle, closed);
  // A group without keys exists from its first row on, while DuckDB answers over nothing as well.
  const nothing =
    !/GROUP BY/.test(query) &&
    mode !== 'append' &&
    Number((await read(oracle, 'SELECT count(*) FROM events'))[0]![0]) === 0;
  return nothing ? [] : rows.map(comparable).sort();
}

async function watermarkAfter(oracle: DuckDBConnection, until: number): Promise<string> {
  const [row] = await read(
    oracle,
    `SELECT max(ts) - INTERVAL '${DELAY_SECONDS} seconds' FROM stored WHERE n < ${until}`,
  );
  return (row![0] as string | null) ?? FOREVER_AGO;
}
