// How fast one lane is, phase by phase: `node test/executor/lanes/throughput.ts`. Not a test; no machine is fast enough
// for a threshold that means something. Prints records/s of a task of 250 k records of about 100 bytes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLane } from '../../../executor/src/lanes/lane-pool.ts';
import type { LaneTask, SinkEncoding } from '../../../executor/src/lanes/messages.ts';
import {
  ALL_PARTITIONS,
  MEMORY_BYTES,
  makePlan,
  openPlan,
  PAYMENTS,
  passThrough,
  range,
  recordSet,
  runDone,
  slice,
  task,
  totalsPerUser,
} from './lane-fixture.ts';

const RECORDS = 250_000;
const USERS = 10_000;
const ROUNDS = 8;
/** What a producer with default settings puts in a batch of 16 KiB. */
const RECORDS_PER_BATCH = 150;

const records = Array.from({ length: RECORDS }, (_, i) => ({
  key: `u${(i * 7919) % USERS}`,
  value: `{"user":"u${(i * 7919) % USERS}","amount":"${(i % 100_000) / 100}","ts":${1_700_000_000_000 + Math.floor(i / 100)},"merchant":"m${i % 500}","country":"DE","card":"4111${i % 10_000}"}`,
}));
const bytes = recordSet(records, { perBatch: RECORDS_PER_BATCH });

const scratch = process.env.MILLRACE_SCRATCH ?? tmpdir();
const scratchDir = mkdtempSync(join(scratch, 'millrace-throughput-'));
const lane = openLane({ lane: 0, scratchDir, memoryMaxBytes: 4 * MEMORY_BYTES });

type Timed = { timings: { phase: string; ms: number }[] };

/** Requests are made before the clock starts: on a busy machine the processor time says more than the wall clock. */
async function measure<T>(
  name: string,
  count: number,
  rounds: number,
  make: () => T,
  run: (made: T) => Promise<Timed>,
) {
  const phases = new Map<string, number>();
  await run(make());
  const made = Array.from({ length: rounds }, make);
  const since = performance.now();
  const cpuSince = process.cpuUsage();
  for (const one of made) {
    const { timings } = await run(one);
    for (const { phase, ms } of timings) phases.set(phase, (phases.get(phase) ?? 0) + ms / rounds);
  }
  const total = performance.now() - since;
  const { user, system } = process.cpuUsage(cpuSince);
  const perTask = `${(total / rounds).toFixed(2)} ms a task (${((user + system) / 1_000 / rounds).toFixed(2)} ms of processor)`;
  const shown = [...phases].map(([phase, ms]) => `${phase} ${ms.toFixed(2)}`).join(', ');
  console.log(
    `${name.padEnd(34)} ${Math.round((count * rounds * 1_000) / total).toLocaleString('en')} records/s, ${perTask}: ${shown}`,
  );
}

const input = (set: Uint8Array<ArrayBuffer> = bytes, until = RECORDS): LaneTask['input'] => ({
  kind: 'records',
  ranges: [range([], { until, recordSets: [set.slice(0)] })],
});
const shuffle = { sliceOfPartition: ALL_PARTITIONS.map((partition) => partition % 2), isLocal: [true, false] };

const run = (request: ReturnType<typeof task>) => runDone(lane, request);

try {
  const filter = makePlan([
    {
      id: 's0',
      inputs: [{ kind: 'source', source: 'payments', relation: 'input', readOnce: false, eventTimeSql: null }],
      operators: [],
      outputs: [{ kind: 'sink', sql: 'SELECT *, 1::TINYINT AS __weight FROM input WHERE amount > 500' }],
    },
  ]);
  await openPlan(lane, filter, 'filter');
  await measure(
    'filter, no sink',
    RECORDS,
    ROUNDS,
    () => task(input(), { jobId: 'filter', encodings: { output: { kind: 'none' } } }),
    run,
  );
  await openPlan(lane, totalsPerUser(), 'totals');
  await measure(
    'map: group by user, 2 blocks',
    RECORDS,
    ROUNDS,
    () => task(input(), { jobId: 'totals', shuffle, encodings: {} }),
    run,
  );

  const { blocks } = await runDone(
    lane,
    task(input(), {
      jobId: 'totals',
      shuffle: { sliceOfPartition: ALL_PARTITIONS.map(() => 0), isLocal: [true] },
      encodings: {},
    }),
  );
  let batchId = 0;
  let blobs: string[] = [];
  const reduce = async () => {
    const name = `d${batchId}`;
    const result = await runDone(
      lane,
      task(
        { kind: 'blocks', files: blocks },
        { jobId: 'totals', stage: 's1', batchId, slice: slice(blobs, name), encodings: { output: { kind: 'none' } } },
      ),
    );
    blobs = [name];
    await lane.run({ kind: 'finishBatch', jobId: 'totals', batchId: batchId++, adoptedBlobs: blobs });
    return result;
  };
  await measure(`reduce: ${USERS} keys into state`, USERS, ROUNDS, () => null, reduce);

  const encoding: SinkEncoding = {
    kind: 'recordBatches',
    partitions: 4,
    keyColumns: ['user'],
    headers: {},
    compression: 'none',
    batchBytesMax: 900_000,
  };
  await openPlan(lane, passThrough(), 'pass');
  await measure(
    'pass-through to record batches',
    RECORDS,
    ROUNDS,
    () => task(input(), { jobId: 'pass', encodings: { output: encoding } }),
    run,
  );

  const few = recordSet(records.slice(0, 200));
  await measure(
    'map of 200 records',
    200,
    100,
    () => task(input(few, 200), { jobId: 'totals', shuffle, encodings: {} }),
    run,
  );
  const sources = [
    {
      ...PAYMENTS,
      metadata: [
        { name: '_offset', field: 'offset' as const },
        { name: '_partition', field: 'partition' as const },
      ],
    },
  ];
  await openPlan(lane, { ...filter, sources }, 'metadata');
  await measure(
    'filter with offset and partition',
    RECORDS,
    3,
    () => task(input(), { jobId: 'metadata', encodings: { output: { kind: 'none' } } }),
    run,
  );
} finally {
  await lane.close();
  rmSync(scratchDir, { recursive: true, force: true });
}
