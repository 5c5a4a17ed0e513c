import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { JobPlan } from '@millrace/shared/plan';
import type { OutputMode } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import type { StateFile } from '../../../executor/src/lanes/messages.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import { specOf } from '../../shared/sql/spec-of.ts';
import {
  ALL_PARTITIONS,
  JOB,
  openPlan,
  range,
  recordSet,
  rowsOf,
  runDone,
  startLane,
  type TestLane,
  task,
} from './lane-fixture.ts';

// Plans as the compiler writes them, through real lanes: two map tasks, two slices that share a lane, several batches,
// one of which finds its state lost. What the output adds up to is what DuckDB says of all records.

const WINDOW_MS = 10_000;
const BATCHES = 4;
const RECORDS_PER_BATCH = 300;
const SLICES = [0, 1].map((index) => ALL_PARTITIONS.filter((partition) => partition % 2 === index));

const eventOf = (i: number) => ({
  user: i % 17 === 0 ? null : `u${i % 13}`,
  country: ['DE', 'FR'][i % 2]!,
  amount: ((i * 37) % 1_000) / 100,
  quantity: i % 5,
  ts: i * 50,
});
const records = Array.from({ length: BATCHES * RECORDS_PER_BATCH }, (_, i) => ({ value: JSON.stringify(eventOf(i)) }));

async function compile(t: TestContext, query: string, mode: OutputMode): Promise<JobPlan> {
  const frontend = await openDuckDbFrontend();
  t.after(() => frontend.close());
  const compiled = await compileJob(specOf(query, mode), frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

/** Output rows of every batch. Watermark of a batch: the highest event time of the ones before it. */
async function runBatches(lane: TestLane, plan: JobPlan, loseStateBefore: number): Promise<unknown[][][]> {
  const operatorIds = statefulOperators(plan).map(({ id }) => id);
  const committed: StateFile[][] = SLICES.map(() => []);
  const outputs: unknown[][][] = [];
  let watermarkMs: number | null = null;
  let previousWatermarkMs: number | null = null;
  await openPlan(lane, plan);
  for (let batchId = 0; batchId < BATCHES; batchId++) {
    const more = { planHash: plan.hash, batchId, watermarkMs, previousWatermarkMs };
    if (batchId === loseStateBefore) {
      await lane.run({ kind: 'closeJob', jobId: JOB });
      await openPlan(lane, plan);
    }
    const [mapStage, reduceStage] = plan.stages;
    const shuffle = { sliceOfPartition: ALL_PARTITIONS.map((partition) => partition % 2), isLocal: [true, false] };
    const first = batchId * RECORDS_PER_BATCH;
    const maps = [];
    for (const [from, until] of [
      [first, first + 100],
      [first + 100, first + RECORDS_PER_BATCH],
    ] as const) {
      const input = {
        kind: 'records' as const,
        ranges: [
          range([], {
            source: 'events',
            from,
            until,
            recordSets: [recordSet(records.slice(from, until), { baseOffset: from })],
          }),
        ],
      };
      maps.push(await runDone(lane, task(input, { ...more, stage: mapStage!.id, shuffle, encodings: {} })));
    }
    const rows: unknown[][] = [];
    const adopted: string[] = [];
    for (const [index, partitions] of SLICES.entries()) {
      const files = maps.flatMap(({ blocks }) => blocks.filter(({ slice }) => slice === index));
      const slice = {
        partitions,
        state: operatorIds.map((operatorId) => ({ operatorId, blobs: committed[index]!.map(({ name }) => name) })),
        pendingNames: operatorIds.map((operatorId) => ({ operatorId, name: `${index}-${batchId}` })),
        snapshot: batchId === 1,
      };
      const reduce = () => task({ kind: 'blocks', files }, { ...more, stage: reduceStage!.id, slice });
      const reply = await lane.run(reduce());
      if (batchId === loseStateBefore) {
        assert.equal(reply.kind, 'stateMissing');
        await lane.run({
          kind: 'restoreState',
          jobId: JOB,
          attemptId: 'r',
          slice,
          files: committed[index]!,
          previousWatermarkMs,
          ttl: null,
        });
      }
      // Also where the first attempt succeeded: it is then a rival of this one.
      const result = await runDone(lane, reduce());
      rows.push(...rowsOf(result));
      for (const { kind, operatorId, name, path } of result.state) {
        if (kind === 'snapshot') committed[index] = [];
        committed[index]!.push({ operatorId, name, path, kind, partitions });
        adopted.push(name);
      }
    }
    outputs.push(rows);
    // The message that a batch is over may get lost.
    if (batchId !== 2) await lane.run({ kind: 'finishBatch', jobId: JOB, batchId, adoptedBlobs: adopted });
    previousWatermarkMs = watermarkMs;
    watermarkMs = Math.max(...maps.flatMap(({ eventTimes }) => eventTimes.map(({ maxMs }) => maxMs)));
  }
  return outputs;
}

async function truth(sql: string): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`CREATE TABLE events AS SELECT CASE WHEN i % 17 <> 0 THEN 'u' || (i % 13) END AS "user", ['DE', 'FR'][i % 2 + 1] AS country,
    (((i * 37) % 1000) / 100)::DECIMAL(12,2) AS amount, (i % 5)::INTEGER AS quantity, make_timestamp_ms(i * 50) AS ts FROM range(${records.length}) r(i)`);
  const reader = await connection.runAndReadAll(sql);
  connection.closeSync();
  return sorted(reader.getRowsJson());
}

const sorted = (rows: unknown[][]): string[] => rows.map((row) => JSON.stringify(row)).sort();

for (const loseStateBefore of [-1, 2, 3]) {
  test(`update mode, state lost before batch ${loseStateBefore}: the latest row of each key is DuckDB's`, async (t) => {
    // The last one needs more digits than a DOUBLE has.
    const sums = 'sum(amount) AS total, avg(quantity) AS q, sum(quantity * 9007199254740993) AS exact';
    const query = `SELECT "user", count(*) AS n, ${sums} FROM events GROUP BY "user"`;
    const outputs = await runBatches(startLane(t), await compile(t, query, 'update'), loseStateBefore);
    const latest = new Map(outputs.flat().map((row) => [row[0], row]));
    assert.deepEqual(sorted([...latest.values()]), await truth(query));
  });

  test(`append mode, state lost before batch ${loseStateBefore}: closed windows are written once`, async (t) => {
    const query = (rel: string) =>
      `SELECT window_start, country, count(*) AS n, max(amount) AS top FROM ${rel} GROUP BY ALL`;
    const plan = await compile(t, query("tumble(events, ts, INTERVAL '10 seconds')"), 'append');
    const outputs = await runBatches(startLane(t), plan, loseStateBefore);
    const lastWatermarkMs = ((BATCHES - 1) * RECORDS_PER_BATCH - 1) * 50;
    const closedBefore = Math.floor(lastWatermarkMs / WINDOW_MS) * WINDOW_MS;
    const windows = `(SELECT *, time_bucket(INTERVAL '10 seconds', ts, TIMESTAMP '1970-01-01') AS window_start FROM events WHERE epoch_ms(ts) < ${closedBefore})`;
    assert.deepEqual(sorted(outputs.flat()), await truth(query(windows)));
    assert.ok(outputs.flat().length > 0);
  });
}
