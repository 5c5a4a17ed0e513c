// Runs a JobPlan on plain DuckDBs, step by step as job-plan.ts says: what lanes do, without the lanes.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  EXISTED_COLUMN,
  isEmbedded,
  type JobPlan,
  loadTableSql,
  type NamedOutput,
  type Operator,
  outputsOf,
  PARTITION_COLUMN,
  type ShuffleOutput,
  STATE_PARTITIONS,
  type Stage,
  type StateTable,
  shuffleOutputsOf,
  sinkOutputsOf,
  WEIGHT_COLUMN,
} from '@millrace/shared/plan';
import { emptyStateTable } from '../../../executor/src/state/load-state.ts';
import { buildIndex, dropIndex, LOOKUP_SETTING } from '../../../executor/src/state/lookup-index.ts';

export type Row = unknown[];
export type BatchTimes = { batchTime: string; watermark: string; previousWatermark: string };
export type BatchOutput = { rows: { output: string; values: Row; weight: number }[]; lateRows: number };

type Interpreter = {
  /** From now on the rows of a fetched table are those of this SELECT. */
  refresh(table: string, select: string): Promise<void>;
  /** Runs one batch to its commit. `files`: Parquet with each source's columns, one per map task. */
  runBatch(files: Record<string, string[]>, times: BatchTimes): Promise<BatchOutput>;
  close(): void;
};

const quoted = (name: string) => `"${name}"`;

/** `retries`: whether tasks of this batch run a second time before they are committed. */
export async function interpret(
  plan: JobPlan,
  slices: number,
  folder: string,
  retries: () => boolean,
): Promise<Interpreter> {
  const lanes = await Promise.all(Array.from({ length: slices }, () => openLane(plan, folder)));
  return {
    async refresh(table, select) {
      const relation = plan.tables.find(({ name }) => name === table)?.relation;
      for (const lane of lanes) await lane.run(`CREATE OR REPLACE TABLE ${quoted(relation!)} AS ${select}`);
    },
    async runBatch(files, times) {
      for (const lane of lanes) await setVariables(lane, times);
      const outputs: BatchOutput[] = [];
      /** By shuffle and slice. */
      const blocks = new Map<string, string[][]>();
      let kept = 0;
      const finish = async (lane: DuckDBConnection, stage: Stage, task: string) => {
        for (const { output, sql } of sinkOutputsOf(stage)) {
          const planned = outputsOf(plan).find(({ name }) => name === output);
          if (!planned) throw new Error(`no output is called ${output}`);
          outputs.push(await readOutput(lane, planned, sql));
        }
        for (const output of shuffleOutputsOf(stage)) await shuffle(lane, output, blocks, slices, join(folder, task));
      };
      for (const stage of plan.stages) {
        const [input] = stage.inputs;
        if (input?.kind === 'source') {
          for (const [task, file] of (files[input.source] ?? []).entries()) {
            const lane = lanes[task % slices]!;
            await lane.run(
              `CREATE OR REPLACE TEMP TABLE ${quoted(input.relation)} AS SELECT * FROM read_parquet('${file}')`,
            );
            await runOperators(lane, stage, retries());
            kept += await keptLate(lane, stage);
            await finish(lane, stage, `${stage.id}-${task}`);
          }
          continue;
        }
        for (const [slice, lane] of lanes.entries()) {
          await bringBlocks(lane, stage, blocks, slice);
          for (const { state } of stage.operators)
            if (state?.evict) await evict(lane, state, state.evict, times.previousWatermark);
          await runOperators(lane, stage, retries());
          outputs.push({ rows: [], lateRows: await lateOf(lane, stage) });
          kept += await keptLate(lane, stage);
          await finish(lane, stage, `${stage.id}-${slice}`);
          await adopt(lane, stage);
        }
      }
      const gathered = gather(outputs);
      if (kept !== gathered.lateRows) throw new Error(`${kept} late rows were kept, ${gathered.lateRows} counted`);
      return gathered;
    },
    close: () => {
      for (const lane of lanes) lane.closeSync();
    },
  };
}

async function openLane(plan: JobPlan, folder: string): Promise<DuckDBConnection> {
  // Indexes are used wherever they can be: small tables have none in a lane.
  const options = { threads: '1', index_scan_percentage: '1', [LOOKUP_SETTING]: '1000000' };
  const lane = await (await DuckDBInstance.create(':memory:', options)).connect();
  for (const table of plan.tables.filter(isEmbedded)) {
    const file = join(folder, `${randomUUID()}.rows`);
    await writeFile(file, table.text);
    await lane.run(loadTableSql(table, file));
  }
  for (const { state } of operatorsOf(plan)) {
    if (state) await lane.run(emptyStateTable(state));
    if (state?.hashed) await lane.run(buildIndex(state.table));
  }
  return lane;
}

const operatorsOf = (plan: JobPlan): Operator[] => plan.stages.flatMap(({ operators }) => operators);

async function setVariables(lane: DuckDBConnection, times: BatchTimes): Promise<void> {
  const values = {
    batch_time: times.batchTime,
    watermark: times.watermark,
    previous_watermark: times.previousWatermark,
  };
  for (const [name, value] of Object.entries(values)) await lane.run(`SET VARIABLE ${name} = TIMESTAMP '${value}'`);
}

async function runOperators(lane: DuckDBConnection, stage: Stage, twice: boolean): Promise<void> {
  for (let run = 0; run < (twice ? 2 : 1); run++) {
    for (const { statements } of stage.operators) for (const sql of statements) await lane.run(sql);
  }
}

/** Late rows of a task, as a job that keeps them reads them. */
async function keptLate(lane: DuckDBConnection, { operators }: Stage): Promise<number> {
  let kept = 0;
  for (const { lateRows } of operators) {
    if (lateRows === null) continue;
    const rows = await read(lane, lateRows.sql);
    const columns = (await read(lane, `DESCRIBE ${lateRows.sql}`)).map(([name, type]) => ({ name, type }));
    const [counted] = await read(lane, lateRows.countSql);
    if (Number(counted![0]) !== rows.length) throw new Error(`${rows.length} late rows, ${counted![0]} announced`);
    if (JSON.stringify(columns) !== JSON.stringify(lateRows.columns))
      throw new Error(`late: ${JSON.stringify(columns)}\nplanned: ${JSON.stringify(lateRows.columns)}`);
    kept += rows.length;
  }
  return kept;
}

async function lateOf(lane: DuckDBConnection, { operators }: Stage): Promise<number> {
  let late = 0;
  for (const { counters } of operators) for (const { sql } of counters) late += Number((await read(lane, sql))[0]![0]);
  return late;
}

async function shuffle(
  lane: DuckDBConnection,
  { id, relation, columns }: ShuffleOutput,
  blocks: Map<string, string[][]>,
  slices: number,
  prefix: string,
): Promise<void> {
  const bySlice = blocks.get(id) ?? Array.from({ length: slices }, () => []);
  blocks.set(id, bySlice);
  const names = [...columns.map(({ name }) => quoted(name)), PARTITION_COLUMN].join(', ');
  for (const [slice, files] of bySlice.entries()) {
    const file = `${prefix}-${id}-${slice}.parquet`;
    const mine = `${PARTITION_COLUMN}::INTEGER * ${slices} // ${STATE_PARTITIONS} = ${slice}`;
    await lane.run(`COPY (SELECT ${names} FROM ${quoted(relation)} WHERE ${mine}) TO '${file}' (FORMAT parquet)`);
    files.push(file);
  }
}

async function bringBlocks(lane: DuckDBConnection, stage: Stage, blocks: Map<string, string[][]>, slice: number) {
  for (const input of stage.inputs) {
    if (input.kind !== 'shuffle') throw new Error('a stage reads a source or shuffles');
    const columns = [...input.columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }];
    const files = input.shuffles.flatMap((id) => blocks.get(id)?.[slice] ?? []);
    const typed = columns.map(({ name, type }) => `CAST(${quoted(name)} AS ${type}) AS ${quoted(name)}`).join(', ');
    const empty = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoted(name)}`).join(', ');
    const rows =
      files.length > 0
        ? `SELECT ${typed} FROM read_parquet([${files.map((file) => `'${file}'`).join(', ')}])`
        : `SELECT ${empty} LIMIT 0`;
    await lane.run(`CREATE OR REPLACE TEMP VIEW ${quoted(input.relation)} AS ${rows}`);
  }
}

async function adopt(lane: DuckDBConnection, stage: Stage): Promise<void> {
  for (const { state } of stage.operators) {
    if (!state) continue;
    if (state.nextExpiry) await read(lane, state.nextExpiry);
    const snapshot = await sorted(lane, state.snapshot);
    const counts = `SELECT (SELECT count(*) FROM ${quoted(state.table)}) + (SELECT count(*) FROM ${quoted(state.pendingRelation)} WHERE NOT ${EXISTED_COLUMN})`;
    const announced = Number((await read(lane, counts))[0]![0]);
    for (const sql of state.adopt) await lane.run(sql);
    const adopted = await sorted(lane, contentOf(state));
    const rows = Number((await read(lane, `SELECT count(*) FROM ${quoted(state.table)}`))[0]![0]);
    if (state.goneSql === null && announced !== rows)
      throw new Error(`${announced} rows of state were announced, there are ${rows}`);
    if (snapshot !== adopted) throw new Error(`snapshot and adopted state differ:\n${snapshot}\n${adopted}`);
    if (state.compact && rows % 3 === 0) {
      const [drop, build] = state.hashed ? [[dropIndex(state.table)], [buildIndex(state.table)]] : [[], []];
      for (const sql of [...drop, ...state.compact, ...build]) await lane.run(sql);
    }
    if ((await sorted(lane, contentOf(state))) !== adopted) throw new Error('compaction changes state');
  }
}

/** State as what it says: the rows of a log that cancel each other out say nothing. */
function contentOf({ table, kind, columns }: StateTable): string {
  const names = [...columns.map(({ name }) => name), PARTITION_COLUMN];
  if (kind === 'keyed' || !names.includes(WEIGHT_COLUMN))
    return `SELECT ${names.map(quoted).join(', ')} FROM ${quoted(table)}`;
  const others = names
    .filter((name) => name !== WEIGHT_COLUMN)
    .map(quoted)
    .join(', ');
  const selected = names
    .map((name) => (name === WEIGHT_COLUMN ? `sum(${quoted(name)})::INTEGER` : quoted(name)))
    .join(', ');
  return `SELECT ${selected} FROM ${quoted(table)} GROUP BY ${others} HAVING sum(${quoted(WEIGHT_COLUMN)}) <> 0`;
}

const evictedTo = new WeakMap<DuckDBConnection, Map<string, number>>();

/** As seldom as the plan allows. */
async function evict(
  lane: DuckDBConnection,
  { table }: StateTable,
  { sql, everyMs }: { sql: string; everyMs: number },
  watermark: string,
) {
  const known = evictedTo.get(lane) ?? new Map<string, number>();
  evictedTo.set(lane, known);
  const step = Math.floor(Date.parse(`${watermark.replace(' ', 'T')}Z`) / everyMs);
  if (known.get(table) === step) return;
  await lane.run(sql);
  known.set(table, step);
}

async function readOutput(
  lane: DuckDBConnection,
  { name: output, columns }: NamedOutput,
  sql: string,
): Promise<BatchOutput> {
  const described = await read(lane, `DESCRIBE ${sql}`);
  const found = described.map(([name, type]) => `${name} ${type}`).join(', ');
  const wanted = [...columns, { name: '__weight', type: 'TINYINT' }]
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ');
  if (found !== wanted) throw new Error(`output columns: ${found}\nplanned: ${wanted}`);
  const rows = await read(lane, sql);
  return { rows: rows.map((row) => ({ output, values: row.slice(0, -1), weight: Number(row.at(-1)) })), lateRows: 0 };
}

const gather = (outputs: BatchOutput[]): BatchOutput => ({
  rows: outputs.flatMap(({ rows }) => rows),
  lateRows: outputs.reduce((sum, { lateRows }) => sum + lateRows, 0),
});

export async function read(lane: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await lane.runAndReadAll(sql)).getRowsJson();
}

const sorted = async (lane: DuckDBConnection, sql: string) =>
  (await read(lane, sql))
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
