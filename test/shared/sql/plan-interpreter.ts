// Runs a JobPlan on plain DuckDBs, step by step as job-plan.ts says: what a lane does, without the lane.
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  EXISTED_COLUMN,
  type JobPlan,
  type Operator,
  PARTITION_COLUMN,
  STATE_PARTITIONS,
  type Stage,
} from '@millrace/shared/plan';

export type Row = unknown[];
export type BatchTimes = { batchTime: string; watermark: string; previousWatermark: string };
export type BatchOutput = { rows: { values: Row; weight: number }[]; lateRows: number };

type Interpreter = {
  /** Runs one batch to its commit. `files`: Parquet with the source's columns, one per map task. */
  runBatch(files: string[], times: BatchTimes): Promise<BatchOutput>;
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
  const lanes = await Promise.all(Array.from({ length: slices }, () => openLane(plan)));
  return {
    async runBatch(files, times) {
      for (const lane of lanes) await setVariables(lane, times);
      const [map, reduce] = plan.stages as [Stage, Stage?];
      const outputs: BatchOutput[] = [];
      const blocks: string[][] = lanes.map(() => []);
      let kept = 0;
      for (const [task, file] of files.entries()) {
        const lane = lanes[task % slices]!;
        await lane.run(
          `CREATE OR REPLACE TEMP TABLE ${quoted(map.inputs[0]!.relation)} AS SELECT * FROM read_parquet('${file}')`,
        );
        await runOperators(lane, map, retries());
        kept += await keptLate(lane, map);
        if (!reduce) outputs.push(await readOutput(lane, plan, map));
        else await shuffle(lane, map, blocks, join(folder, `block-${task}`));
      }
      if (!reduce) return gather(outputs);
      for (const [slice, lane] of lanes.entries())
        outputs.push(await reduceSlice(lane, plan, reduce, blocks[slice]!, times, retries()));
      const gathered = gather(outputs);
      if (kept !== gathered.lateRows) throw new Error(`${kept} late rows were kept, ${gathered.lateRows} counted`);
      return gathered;
    },
    close: () => {
      for (const lane of lanes) lane.closeSync();
    },
  };
}

async function openLane(plan: JobPlan): Promise<DuckDBConnection> {
  const lane = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  for (const { state } of operatorsOf(plan)) {
    const columns = state?.columns.map(({ name, type }) => `${quoted(name)} ${type}`);
    if (state)
      await lane.run(
        `CREATE TABLE ${quoted(state.table)} (${[...columns!, `${PARTITION_COLUMN} UTINYINT`].join(', ')})`,
      );
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

/** Late rows of a map task, as a job that keeps them reads them. */
async function keptLate(lane: DuckDBConnection, { operators }: Stage): Promise<number> {
  let kept = 0;
  for (const { lateRows } of operators) {
    if (lateRows === null) continue;
    const rows = await read(lane, lateRows.sql);
    const columns = (await read(lane, `DESCRIBE ${lateRows.sql}`)).map(([name, type]) => ({ name, type }));
    const [counted] = await read(lane, lateRows.countSql);
    if (Number(counted![0]) !== rows.length) throw new Error(`${rows.length} late rows, ${counted![0]} announced`);
    if (JSON.stringify(columns) !== JSON.stringify(lateRows.columns))
      throw new Error(`late: ${JSON.stringify(columns)}`);
    kept += rows.length;
  }
  return kept;
}

async function shuffle(lane: DuckDBConnection, { outputs }: Stage, blocks: string[][], prefix: string): Promise<void> {
  const output = outputs[0]!;
  if (output.kind !== 'shuffle') throw new Error('the first stage of two does not shuffle');
  for (const [slice, files] of blocks.entries()) {
    const file = `${prefix}-${slice}.parquet`;
    const mine = `${PARTITION_COLUMN}::INTEGER * ${blocks.length} // ${STATE_PARTITIONS} = ${slice}`;
    await lane.run(`COPY (SELECT * FROM ${quoted(output.relation)} WHERE ${mine}) TO '${file}' (FORMAT parquet)`);
    files.push(file);
  }
}

async function reduceSlice(
  lane: DuckDBConnection,
  plan: JobPlan,
  stage: Stage,
  blocks: string[],
  times: BatchTimes,
  twice: boolean,
): Promise<BatchOutput> {
  const input = stage.inputs[0]!;
  if (input.kind !== 'shuffle') throw new Error('the second stage reads no shuffle');
  const columns = [...input.columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }];
  const empty = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoted(name)}`).join(', ');
  const rows =
    blocks.length > 0
      ? `SELECT * FROM read_parquet([${blocks.map((file) => `'${file}'`).join(', ')}])`
      : `SELECT ${empty} LIMIT 0`;
  await lane.run(`CREATE OR REPLACE TEMP VIEW ${quoted(input.relation)} AS ${rows}`);
  for (const { state } of stage.operators) if (state?.evict) await evict(lane, state.evict, times.previousWatermark);
  await runOperators(lane, stage, twice);
  let lateRows = 0;
  for (const { counters } of stage.operators)
    for (const { sql } of counters) lateRows += Number((await read(lane, sql))[0]![0]);
  const output = await readOutput(lane, plan, stage);
  for (const { state } of stage.operators) {
    if (!state) continue;
    if (state.nextExpiry) await read(lane, state.nextExpiry);
    const snapshot = await sorted(lane, state.snapshot);
    const counts = `SELECT (SELECT count(*) FROM ${quoted(state.table)}) + (SELECT count(*) FROM ${quoted(state.pendingRelation)} WHERE NOT ${EXISTED_COLUMN})`;
    const announced = Number((await read(lane, counts))[0]![0]);
    for (const sql of state.adopt) await lane.run(sql);
    const adopted = await sorted(lane, `SELECT * FROM ${quoted(state.table)}`);
    const rows = adopted === '' ? 0 : adopted.split('\n').length;
    if (announced !== rows) throw new Error(`${announced} rows of state were announced, there are ${rows}`);
    if (snapshot !== adopted) throw new Error(`snapshot and adopted state differ:\n${snapshot}\n${adopted}`);
  }
  return { rows: output.rows, lateRows };
}

const evictedTo = new WeakMap<DuckDBConnection, number>();

/** As seldom as the plan allows. */
async function evict(lane: DuckDBConnection, { sql, everyMs }: { sql: string; everyMs: number }, watermark: string) {
  const step = Math.floor(Date.parse(`${watermark.replace(' ', 'T')}Z`) / everyMs);
  if (evictedTo.get(lane) === step) return;
  await lane.run(sql);
  evictedTo.set(lane, step);
}

async function readOutput(lane: DuckDBConnection, plan: JobPlan, stage: Stage): Promise<BatchOutput> {
  const output = stage.outputs[0]!;
  if (output.kind !== 'sink') throw new Error('the last stage does not end in the sink');
  const described = await read(lane, `DESCRIBE ${output.sql}`);
  const found = described.map(([name, type]) => `${name} ${type}`).join(', ');
  const wanted = [...plan.output.columns, { name: '__weight', type: 'TINYINT' }]
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ');
  if (found !== wanted) throw new Error(`output columns: ${found}\nplanned: ${wanted}`);
  const rows = await read(lane, output.sql);
  return { rows: rows.map((row) => ({ values: row.slice(0, -1), weight: Number(row.at(-1)) })), lateRows: 0 };
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
