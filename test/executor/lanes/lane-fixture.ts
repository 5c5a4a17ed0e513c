// A lane with a scratch folder of its own, record sets made by hand, and small plans.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createRecordBatchWriter } from '@millrace/shared/kafka';
import { type JobPlan, type Operator, PLAN_FORMAT_VERSION, type SourcePlan, type Stage } from '@millrace/shared/plan';
import { type Lane, openLane } from '../../../executor/src/lanes/lane-pool.ts';
import type {
  LaneRange,
  LaneReply,
  LaneSlice,
  LaneTask,
  LaneTaskResult,
  RecordPolicy,
} from '../../../executor/src/lanes/messages.ts';

export const JOB = 'job-1';
export const MEMORY_BYTES = 256_000_000;

export type TestLane = Lane & { scratchDir: string };

export function startLane(t: TestContext): TestLane {
  const scratchDir = mkdtempSync(join(tmpdir(), 'millrace-lane-'));
  const lane = openLane({ lane: 0, scratchDir, memoryMaxBytes: MEMORY_BYTES });
  t.after(async () => {
    await lane.close();
    rmSync(scratchDir, { recursive: true, force: true });
  });
  return { ...lane, scratchDir };
}

export async function openPlan(lane: Lane, plan: JobPlan, jobId: string = JOB): Promise<void> {
  const reply = await lane.run({ kind: 'openJob', jobId, planHash: plan.hash, planJson: JSON.stringify(plan) });
  assert.deepEqual(reply, { kind: 'done' });
}

export type TestRecord = { key?: string | null; value: string | Buffer | null };

/** Record batches as a broker sends them, `perBatch` records each, offsets counting from `baseOffset`. */
export function recordSet(
  records: readonly TestRecord[],
  options: {
    baseOffset?: number;
    perBatch?: number;
    compression?: 'none' | 'gzip' | 'zstd';
    headers?: Record<string, string>;
  } = {},
): Uint8Array<ArrayBuffer> {
  const { baseOffset = 0, perBatch = 1_000, compression = 'none', headers = {} } = options;
  const batches: Buffer[] = [];
  for (let at = 0; at < records.length; at += perBatch) {
    const writer = createRecordBatchWriter({ compression, bytesMax: 1 << 30, headers, timestampMs: 1_700_000_000_000 });
    for (const { key = null, value } of records.slice(at, at + perBatch)) {
      const keyBytes = key === null ? null : Buffer.from(key);
      const valueBytes = typeof value === 'string' ? Buffer.from(value) : value;
      writer.append(keyBytes, 0, keyBytes?.length ?? 0, valueBytes, 0, valueBytes?.length ?? 0);
    }
    for (const batch of writer.finish().batches) {
      const bytes = Buffer.from(batch);
      bytes.writeBigInt64BE(BigInt(baseOffset + at), 0);
      batches.push(bytes);
    }
  }
  return new Uint8Array(Buffer.concat(batches));
}

export function range(records: readonly TestRecord[], options: Partial<LaneRange> = {}): LaneRange {
  const from = options.from ?? 0;
  return {
    source: 'payments',
    topic: 'payments',
    partition: 0,
    from,
    until: from + records.length,
    recordSets: [recordSet(records, { baseOffset: from, perBatch: 3 })],
    abortedTransactions: [],
    skipped: 0,
    ...options,
  };
}

export const PAYMENTS: SourcePlan = {
  name: 'payments',
  columns: [
    { name: 'user', type: 'VARCHAR', jsonType: 'VARCHAR', expression: '"user"' },
    { name: 'amount', type: 'DECIMAL(12,2)', jsonType: 'DECIMAL(12,2)', expression: '"amount"' },
    { name: 'ts', type: 'TIMESTAMP', jsonType: 'BIGINT', expression: 'make_timestamp_ms("ts")' },
  ],
  metadata: [],
  eventTimeColumn: 'ts',
};

export function operator(id: string, statements: string[], more: Partial<Operator> = {}): Operator {
  return { id, kind: 'project', description: id, statements, counters: [], lateRows: null, state: null, ...more };
}

export function makePlan(stages: Stage[], more: Partial<JobPlan> = {}): JobPlan {
  return {
    formatVersion: PLAN_FORMAT_VERSION,
    hash: 'plan-1',
    statePartitions: 128,
    sources: [PAYMENTS],
    tables: [],
    stages,
    output: { columns: [], keyColumns: [], mode: 'append' },
    warnings: [],
    ...more,
  };
}

/** Everything of the source, to the sink. */
export function passThrough(
  select = '*',
  columns: JobPlan['output']['columns'] = PAYMENTS.columns,
  { readOnce = false } = {},
): JobPlan {
  return makePlan(
    [
      {
        id: 's0',
        inputs: [
          {
            ...{ kind: 'source', source: 'payments', relation: 'input', readOnce },
            eventTimeSql: readOnce ? 'SELECT max(ts) FROM kept_rows' : null,
          },
        ],
        operators: [operator('out', [`CREATE OR REPLACE TEMP TABLE kept_rows AS SELECT ${select} FROM input`])],
        outputs: [{ kind: 'sink', sql: 'SELECT *, 1::TINYINT AS __weight FROM kept_rows' }],
      },
    ],
    { output: { columns: columns.map(({ name, type }) => ({ name, type })), keyColumns: [], mode: 'append' } },
  );
}

/** count(*) and sum(amount) per user, kept as state; a user's state ends a day after its last payment. */
export function totalsPerUser(): JobPlan {
  const columns = [
    { name: 'user', type: 'VARCHAR' },
    { name: 'n', type: 'BIGINT' },
    { name: 'total', type: 'DECIMAL(38,2)' },
    { name: 'last', type: 'TIMESTAMP' },
  ];
  const partial = operator('partial', [
    `CREATE OR REPLACE TEMP TABLE partial_rows AS
     SELECT "user", count(*) AS n, sum(amount) AS total, max(ts) AS last, (hash("user") % 128)::UTINYINT AS __partition FROM input GROUP BY "user"`,
  ]);
  const total = operator(
    'totals',
    [
      `CREATE OR REPLACE TEMP TABLE totals_pending AS
       SELECT d."user", d.n + coalesce(s.n, 0) AS n, (d.total + coalesce(s.total, 0))::DECIMAL(38,2) AS total, greatest(d.last, s.last) AS last, d.__partition, s.n IS NOT NULL AS __existed
       FROM (SELECT "user", sum(n)::BIGINT AS n, sum(total) AS total, max(last) AS last, __partition FROM blocks GROUP BY "user", __partition) d
       LEFT JOIN totals_state s ON s."user" IS NOT DISTINCT FROM d."user"`,
    ],
    {
      kind: 'aggregate',
      state: {
        table: 'totals_state',
        columns,
        kind: 'keyed',
        keyColumns: ['user'],
        goneSql: null,
        compact: null,
        pendingRelation: 'totals_pending',
        evict: {
          sql: `DELETE FROM totals_state WHERE last + INTERVAL '1 day' <= getvariable('previous_watermark')`,
          everyMs: 1,
        },
        adopt: [
          `MERGE INTO totals_state s USING totals_pending p ON s."user" IS NOT DISTINCT FROM p."user"
           WHEN MATCHED THEN UPDATE SET n = p.n, total = p.total, last = p.last WHEN NOT MATCHED THEN INSERT VALUES (p."user", p.n, p.total, p.last, p.__partition)`,
        ],
        nextExpiry: `SELECT min(last) + INTERVAL '1 day' FROM (SELECT last FROM totals_state UNION ALL SELECT last FROM totals_pending)`,
        snapshot: `SELECT * EXCLUDE (__existed) FROM totals_pending UNION ALL SELECT * FROM totals_state s WHERE NOT EXISTS (FROM totals_pending p WHERE p."user" IS NOT DISTINCT FROM s."user")`,
      },
    },
  );
  return makePlan(
    [
      {
        id: 's0',
        inputs: [{ kind: 'source', source: 'payments', relation: 'input', readOnce: false, eventTimeSql: null }],
        operators: [partial],
        outputs: [{ kind: 'shuffle', id: 'x0', relation: 'partial_rows', columns }],
      },
      {
        id: 's1',
        inputs: [{ kind: 'shuffle', shuffles: ['x0'], relation: 'blocks', columns }],
        operators: [total],
        outputs: [{ kind: 'sink', sql: 'SELECT "user", n, total, 1::TINYINT AS __weight FROM totals_pending' }],
      },
    ],
    {
      output: {
        columns: [
          { name: 'user', type: 'VARCHAR' },
          { name: 'n', type: 'BIGINT' },
          { name: 'total', type: 'DECIMAL(38,2)' },
        ],
        keyColumns: ['user'],
        mode: 'update',
      },
    },
  );
}

export const ALL_PARTITIONS = Array.from({ length: 128 }, (_, partition) => partition);

export function slice(blobs: string[], pendingName: string, more: Partial<LaneSlice> = {}): LaneSlice {
  return {
    partitions: ALL_PARTITIONS,
    state: [{ operatorId: 'totals', blobs }],
    pendingNames: [{ operatorId: 'totals', name: pendingName }],
    snapshot: false,
    ...more,
  };
}

export const policy = (more: Partial<RecordPolicy> = {}): RecordPolicy => ({
  onBadRecord: 'fail',
  strict: false,
  futureMaxMs: null,
  ...more,
});

let attempts = 0;

export function task(input: LaneTask['input'], more: Partial<LaneTask> = {}): { kind: 'runTask' } & LaneTask {
  return {
    kind: 'runTask',
    jobId: JOB,
    planHash: 'plan-1',
    stage: 's0',
    batchId: 0,
    attemptId: `1.0.s0.0.${attempts++}`,
    timestampMs: 1_700_000_000_000,
    watermarkMs: null,
    previousWatermarkMs: null,
    tables: [],
    ttl: null,
    input,
    slice: null,
    shuffle: null,
    encodings: { output: { kind: 'rows', rowsMax: 1_000 } },
    lateEncoding: null,
    recordPolicies: { payments: policy(), events: policy() },
    poison: [],
    ...more,
  };
}

export async function runDone(lane: Lane, request: ReturnType<typeof task>): Promise<LaneTaskResult> {
  const sets =
    request.input.kind === 'records'
      ? request.input.ranges.flatMap(({ recordSets }) => recordSets.map((set) => set.buffer))
      : [];
  const reply = await lane.run(request, sets);
  assert.equal(reply.kind, 'taskDone', JSON.stringify(reply));
  return (reply as Extract<LaneReply, { kind: 'taskDone' }>).result;
}

export async function runFailed(
  lane: Lane,
  request: Parameters<Lane['run']>[0],
): Promise<Extract<LaneReply, { kind: 'failed' }>['failure']> {
  const reply = await lane.run(request);
  assert.equal(reply.kind, 'failed', JSON.stringify(reply));
  return (reply as Extract<LaneReply, { kind: 'failed' }>).failure;
}

/** Rows of a result that was encoded as `rows`. */
export function rowsOf(result: LaneTaskResult): unknown[][] {
  assert.equal(result.outputs.output?.kind, 'rows');
  return JSON.parse((result.outputs.output as { rowsJson: string }).rowsJson) as unknown[][];
}

export const payment = (user: string | null, amount: number, ts = 1_700_000_000_000): TestRecord => ({
  value: JSON.stringify({ user, amount, ts, merchant: 'm' }),
});
