import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '@millrace/proto';
import { startCluster, writeSpec } from './support/cluster.ts';
import { paymentJob, TOTALS_BY_COUNTRY } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';

const PARTITIONS = 4;
/** What a batch may hold at first. */
const RECORDS_MAX = 4_000;
/** So many times that arrives with each batch. */
const FLOOD = 10;
const COLD_RECORDS = 200;
const BATCHES = 12;
/** Buffers, DuckDB and V8 have grown to their size by then. */
const BATCHES_WARM = 4;
/** More than a heap that happens to be collected late, less than what the flood would take if it were held. */
const MEMORY_SLACK_BYTES = 64 * 1024 * 1024;
/** In one go, of what is left. */
const CATCH_UP = { recordsPerBatch: 100_000, batchDuration: '400ms' };
const CATCH_UP_TARGET_MS = 400;

/** Nearly all of it lies in the first partition. */
function flood(): string[][] {
  const hot = payments({ seed: 100, records: FLOOD * RECORDS_MAX - (PARTITIONS - 1) * COLD_RECORDS, partitions: 1 });
  const cold = payments({ seed: 101, records: (PARTITIONS - 1) * COLD_RECORDS, partitions: PARTITIONS - 1 });
  return [...hot, ...cold].map((values) => [...values] as string[]);
}

test('ten times more input than a job may read: bounded batches, level memory, nothing lost, nobody starved', async (t) => {
  const cluster = await startCluster(t, { executors: 1, lanes: 2 });
  const [topic, output] = [await cluster.createTopic(PARTITIONS), await cluster.createTopic(1)];
  const options = { topic, sink: { topic: output, key: ['country'] }, outputMode: 'update', trigger: '300ms' } as const;
  const spec = paymentJob(TOTALS_BY_COUNTRY.query, { ...options, recordsPerBatch: RECORDS_MAX });
  const arriving = flood();
  await cluster.produce(topic, arriving);
  const job = await cluster.submit(spec);

  const memory: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const { progress } = await job.untilBatch(batch);
    assertFair(progress!);
    memory.push((await cluster.executors())[0]!.residentBytes);
    await cluster.produce(topic, arriving);
  }
  const [hot] = job.watch.events().findLast(({ progress }) => progress)!.progress!.partitions;
  assert.ok(hot!.lag > (BATCHES / 2) * FLOOD * RECORDS_MAX, `a lag of ${hot!.lag}: the flood was none`);
  const grown = Math.max(...memory) - Math.max(...memory.slice(0, BATCHES_WARM));
  t.diagnostic(`resident ${memory.map((bytes) => Math.round(bytes / 1e6)).join(' ')} MB`);
  assert.ok(grown < MEMORY_SLACK_BYTES, `${Math.round(grown / 1e6)} MB more`);

  // As after an outage: all at once, as fast as it goes.
  assert.equal((await cluster.cli('stop', job.id)).code, 0);
  const slow = (await job.logs()).commits.length;
  const faster = writeSpec(
    cluster.folder,
    { ...spec, trigger: 'asap', limits: CATCH_UP } as typeof spec,
    cluster.brokers,
  );
  assert.equal((await cluster.cli('restart', job.id, '--spec', faster)).code, 0);
  await job.untilCaughtUp();
  const caughtUp = job.watch
    .events()
    .flatMap(({ progress }) => (progress && progress.batchId >= slow ? [progress] : []));
  for (const { counts } of caughtUp) assert.ok(counts!.recordsIn <= CATCH_UP.recordsPerBatch);
  const durations = caughtUp.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  t.diagnostic(`catching up, ms a batch: ${caughtUp.map(({ durationMs }) => Math.round(durationMs)).join(' ')}`);
  assert.ok(durations[durations.length >> 1]! < 2 * CATCH_UP_TARGET_MS, `batches of ${durations.join(' ')} ms`);
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), TOTALS_BY_COUNTRY.query);
});

/** No more than allowed, and partitions with little to read are read to their ends. */
function assertFair({ batchId, counts, partitions }: Progress): void {
  assert.ok(counts!.recordsIn <= RECORDS_MAX, `batch ${batchId} has ${counts!.recordsIn} records`);
  const behind = partitions.slice(1).filter(({ lag }) => lag > 0);
  assert.deepEqual(behind, [], `batch ${batchId} left cold partitions behind`);
}
