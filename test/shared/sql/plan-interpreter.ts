// Runs a JobPlan on plain DuckDBs, step by step as job-plan.ts says: what lanes do, without the lanes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  ARRIVAL_COLUMN,
  type Column,
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
import type { StoredState } from './stored-state.ts';

export type Row = unknown[];
export type BatchTimes = {
  batchTime: string;
  watermark: string;
  previousWatermark: string;
  /** By stateTtl. */
  cutoff?: string;
  previousCutoff?: string;
};
export type BatchOutput = { rows: { output: string; values: Row; weight: number }[]; lateRows: number };

type Interpreter = {
  /** From now on the rows of a fetched table are those of this SELECT. */
  refresh(table: string, select: string): Promise<void>;
  /** Runs one batch to its commit. `tasks`: what a map task of the source reads, as it stands behind FROM, with the source's columns. */
  runBatch(tasks: Record<string, string[]>, times: BatchTimes): Promise<BatchOutput>;
  close(): void;
};

export type InterpreterOptions = {
  /** Where the lanes live, a connection each; without it each has a database of its own. */
  instance?: DuckDBInstance;
  /** Blocks are tables of the instance instead of Parquet files: faster, and blind to what Parquet makes of types. */
  blocksAsTables?: boolean;
  /** Whether state is looked through after this task. */
  inspects?: () => boolean;
  /** Where state lies while lanes lose theirs. */
  stored?: StoredState;
};

const quoted = (name: string) => `"${name}"`;

/** `retries`: whether tasks of this batch run a second time before they are committed. */
export async function interpret(
  plan: JobPlan,
  slices: number,
  folder: string,
  retries: () => boolean,
  { instance, blocksAsTables = false, inspects = () => true, stored }: InterpreterOptions = {},
): Promise<Interpreter> {
  const lanes: DuckDBConnection[] = [];
  while (lanes.length < slices) lanes.push(await openLane(plan, folder, instance));
  const write = blocksAsTables ? writeTable : writeParquet;
  return {
    async refresh(table, select) {
      const relation = plan.tables.find(({ name }) => name === table)?.relation;
      for (const lane of lanes) await lane.run(`CREATE OR REPLACE TABLE ${quoted(relation!)} AS ${select}`);
    },
    async runBatch(tasks, times) {
      for (const lane of lanes) await setVariables(lane, times);
      const outputs: BatchOutput[] = [];
      const blocks: Blocks = new Map();
      let kept = 0;
      const finish = async (lane: DuckDBConnection, stage: Stage, task: string) => {
        for (const { output, sql } of sinkOutputsOf(stage)) {
          const planned = outputsOf(plan).find(({ name }) => name === output);
          if (!planned) throw new Error(`no output is called ${output}`);
          outputs.push(await readOutput(lane, planned, sql));
        }
        for (const output of shuffleOutputsOf(stage))
          await shuffle(output, blocks, (sql) => write(lane, sql, join(folder, `${task}-${output.id}`)));
      };
      for (const stage of plan.stages) {
        const [input] = stage.inputs;
        if (input?.kind === 'source') {
          for (const [task, rows] of (tasks[input.source] ?? []).entries()) {
            const lane = lanes[task % slices]!;
            await lane.run(`CREATE OR REPLACE TEMP TABLE ${quoted(input.relation)} AS SELECT * FROM ${rows}`);
            await runOperators(lane, stage, retries());
            kept += await keptLate(lane, stage);
            await finish(lane, stage, `${stage.id}-${task}`);
          }
          continue;
        }
        for (const [slice, lane] of lanes.entries()) {
          await bringBlocks(lane, stage, blocks, { slice, slices });
          for (const { state } of stage.operators)
            if (state?.evict) await evict(lane, state, state.evict, times.previousWatermark);
            else if (state?.ttl) await lane.run(state.ttl.evictSql);
          await runOperators(lane, stage, retries());
          outputs.push({ rows: [], lateRows: await lateOf(lane, stage) });
          kept += await keptLate(lane, stage);
          await finish(lane, stage, `${stage.id}-${slice}`);
          await adopt(lane, stage, inspects());
          await stored?.keep(lane, slice, stage);
        }
      }
      if (blocksAsTables) for (const block of [...blocks.values()].flat()) await lanes[0]!.run(`DROP TABLE ${block}`);
      const gathered = gather(outputs);
      if (kept !== gathered.lateRows) throw new Error(`${kept} late rows were kept, ${gathered.lateRows} counted`);
      return gathered;
    },
    close: () => {
      for (const lane of lanes) lane.closeSync();
    },
  };
}

/** A database for lanes, in which indexes are used wherever they can be: small tables have none in a lane. */
export const openDatabase = (): Promise<DuckDBInstance> =>
  DuckDBInstance.create(':memory:', { threads: '1', index_scan_percentage: '1', [LOOKUP_SETTING]: '1000000' });

async function openLane(plan: JobPlan, folder: string, instance?: DuckDBInstance): Promise<DuckDBConnection> {
  const lane = await (instance ?? (await openDatabase())).connect();
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
    ttl_cutoff: times.cutoff ?? '-infinity',
    previous_ttl_cutoff: times.previousCutoff ?? '-infinity',
  };
  const settings = Object.entries(values).map(([name, value]) => `SET VARIABLE ${name} = TIMESTAMP '${value}'`);
  await lane.run(settings.join('; '));
}

async function runOperators(lane: DuckDBConnection, stage: Stage, twice: boolean): Promise<void> {
  const statements = stage.operators.flatMap((operator) => operator.statements);
  if (statements.length === 0) return;
  for (let run = 0; run < (twice ? 2 : 1); run++) await lane.run(statements.join(';\n'));
}

/** Late rows of a task, as a job that keeps them reads them. */
async function keptLate(lane: DuckDBConnection, { operators }: Stage): Promise<number> {
  let kept = 0;
  for (const { lateRows } of operators) {
    if (lateRows === null) continue;
    const rows = await read(lane, lateRows.sql);
    await checkColumns(lane, lateRows.sql, lateRows.columns);
    const [counted] = await read(lane, lateRows.countSql);
    if (Number(counted![0]) !== rows.length) throw new Error(`${rows.length} late rows, ${counted![0]} announced`);
    kept += rows.length;
  }
  return kept;
}

async function lateOf(lane: DuckDBConnection, { operators }: Stage): Promise<number> {
  let late = 0;
  for (const { counters } of operators) for (const { sql } of counters) late += Number((await read(lane, sql))[0]![0]);
  return late;
}

/** Of each shuffle what stands behind FROM for the rows of a task. */
type Blocks = Map<string, string[]>;

async function shuffle(
  { id, relation, columns }: ShuffleOutput,
  blocks: Blocks,
  write: (sql: string) => Promise<string>,
): Promise<void> {
  const names = [...columns.map(({ name }) => quoted(name)), PARTITION_COLUMN].join(', ');
  blocks.set(id, [...(blocks.get(id) ?? []), await write(`SELECT ${names} FROM ${quoted(relation)}`)]);
}

async function writeParquet(lane: DuckDBConnection, sql: string, path: string): Promise<string> {
  await lane.run(`COPY (${sql}) TO '${path}.parquet' (FORMAT parquet)`);
  return `read_parquet('${path}.parquet')`;
}

let tables = 0;

async function writeTable(lane: DuckDBConnection, sql: string): Promise<string> {
  const name = `block_${tables++}`;
  await lane.run(`CREATE TABLE ${name} AS ${sql}`);
  return name;
}

async function bringBlocks(
  lane: DuckDBConnection,
  stage: Stage,
  blocks: Blocks,
  { slice, slices }: { slice: number; slices: number },
) {
  const mine = `${PARTITION_COLUMN}::INTEGER * ${slices} // ${STATE_PARTITIONS} = ${slice}`;
  for (const input of stage.inputs) {
    if (input.kind !== 'shuffle') throw new Error('a stage reads a source or shuffles');
    const columns = [...input.columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }];
    const typed = columns.map(({ name, type }) => `CAST(${quoted(name)} AS ${type}) AS ${quoted(name)}`).join(', ');
    const empty = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoted(name)}`).join(', ');
    const parts = input.shuffles.flatMap((id) => blocks.get(id) ?? []);
    const selects = parts.map((from) => `SELECT ${typed} FROM ${from} WHERE ${mine}`);
    const rows = selects.length > 0 ? selects.join(' UNION ALL ') : `SELECT ${empty} LIMIT 0`;
    await lane.run(`CREATE OR REPLACE TEMP TABLE ${quoted(input.relation)} AS ${rows}`);
  }
}

async function adopt(lane: DuckDBConnection, stage: Stage, inspected: boolean): Promise<void> {
  for (const { state } of stage.operators) {
    if (!state) continue;
    if (inspected) await adoptInspected(lane, state);
    else await lane.run(state.adopt.join(';\n'));
  }
}

async function adoptInspected(lane: DuckDBConnection, state: StateTable): Promise<void> {
  if (state.nextExpiry) await read(lane, state.nextExpiry);
  const snapshot = await sorted(lane, keptOf(state, state.snapshot));
  const counts = `SELECT (SELECT count(*) FROM ${quoted(state.table)}) + (SELECT count(*) FROM ${quoted(state.pendingRelation)} WHERE NOT ${EXISTED_COLUMN})`;
  const announced = Number((await read(lane, counts))[0]![0]);
  for (const sql of state.adopt) await lane.run(sql);
  const adopted = await sorted(lane, contentOf(state));
  const rows = Number((await read(lane, `SELECT count(*) FROM ${quoted(state.table)}`))[0]![0]);
  if (state.goneSql === null && announced !== rows)
    throw new Error(`${announced} rows of state were announced, there are ${rows}`);
  if (snapshot !== adopted) throw new Error(`snapshot and adopted state differ:\n${snapshot}\n${adopted}`);
  if (!state.compact || rows % 3 !== 0) return;
  const [drop, build] = state.hashed ? [[dropIndex(state.table)], [buildIndex(state.table)]] : [[], []];
  for (const sql of [...drop, ...state.compact, ...build]) await lane.run(sql);
  if ((await sorted(lane, contentOf(state))) !== adopted) throw new Error('compaction changes state');
}

/** What the batch has forgotten may still be in the table or not. */
const keptOf = ({ ttl }: StateTable, rows: string): string =>
  ttl ? `SELECT * FROM (${rows}) WHERE ${ARRIVAL_COLUMN} > getvariable('ttl_cutoff')` : rows;

/** State as what it says: the rows of a log that cancel each other out say nothing. */
export const contentOf = (state: StateTable): string => keptOf(state, rowsOf(state));

function rowsOf({ table, kind, columns }: StateTable): string {
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
  await checkColumns(lane, sql, [...columns, { name: WEIGHT_COLUMN, type: 'TINYINT' }]);
  const rows = await read(lane, sql);
  return { rows: rows.map((row) => ({ output, values: row.slice(0, -1), weight: Number(row.at(-1)) })), lateRows: 0 };
}

const checked = new WeakMap<DuckDBConnection, Set<string>>();

/** Types of columns are as planned; they are the same whenever they are asked for. */
async function checkColumns(lane: DuckDBConnection, sql: string, columns: readonly Column[]): Promise<void> {
  const known = checked.get(lane) ?? new Set();
  checked.set(lane, known);
  if (known.has(sql)) return;
  const found = (await read(lane, `DESCRIBE ${sql}`)).map(([name, type]) => ({ name, type }));
  assert.deepEqual(found, columns, 'columns and their types');
  known.add(sql);
}

const gather = (outputs: BatchOutput[]): BatchOutput => ({
  rows: outputs.flatMap(({ rows }) => rows),
  lateRows: outputs.reduce((sum, { lateRows }) => sum + lateRows, 0),
});

export async function read(lane: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await lane.runAndReadAll(sql)).getRowsJson();
}

export const sorted = async (lane: DuckDBConnection, sql: string) =>
  (await read(lane, sql))
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
