import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { type BenchContext, withEngine } from '../bench-context.ts';
import { PARTITIONS } from '../fill-topic.ts';
import { jobSpec, kafkaSource } from '../job-specs.ts';
import { residentBytes } from '../processor-time.ts';
import { remove, submit, takeRecords, watchBatches } from '../run-job.ts';
import { produceRecords } from '../state/fill-state.ts';

export type RestoreResult = {
  rows: number;
  /** What Redis holds of it. */
  storedBytes: number;
  /** Resident set of the executor that had it. */
  executorBytes: number;
  /** From the start of an executor (the one before was killed) to the first commit on the whole state. */
  restoreMs: number;
  /** Of that until the executor was known to the driver. */
  startMs: number;
};

/** With a gigabyte of blobs. */
const ROWS = { full: 8_000_000, quick: 100_000 };
const CHANGED_RECORDS = 10_000;
const TIME_LIMIT_MS = 900_000;

/** Text that does not compress, 176 characters of 6 bits. */
const noteOf = (index: number): string =>
  ['a', 'b'].map((salt) => createHash('sha512').update(`${salt}${index}`).digest('base64')).join('');

/** Kills the only executor of a job with much state; another one must have all of it back. */
export async function measureRestore(context: BenchContext): Promise<RestoreResult> {
  const { kafka, kafkaServer, redisServer, clock, options, say } = context;
  const rows = ROWS[options.quick ? 'quick' : 'full'];
  const topic = `restore-${process.pid}`;
  const events = kafkaSource({ brokers: kafkaServer.brokers, topic }, { id: 'BIGINT', note: 'VARCHAR' });
  const query = 'SELECT id, count(*) AS events, max(note) AS note FROM events GROUP BY id';
  const job = jobSpec('bench-restore', {
    ...{ sources: { events }, query, sink: 'noop', outputMode: 'update', trigger: 'asap' },
  });
  await kafka.createTopics([{ topic, partitions: PARTITIONS }]);
  say(`${rows.toLocaleString('en')} rows of state`);
  const recordOf = (index: number) => `{"id":${index % rows},"note":"${noteOf(index % rows)}"}`;
  await produceRecords(kafka, topic, recordOf, { from: 0, until: rows });
  const redis = new Redis(redisServer.url);
  const usedBytes = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  try {
    const before = await usedBytes();
    return await withEngine(context, { executorFlags: ['--lanes', '2'] }, async (engine) => {
      const signal = AbortSignal.timeout(TIME_LIMIT_MS);
      await submit(engine.control, job);
      const batches = watchBatches(engine.control, job, { clock, signal });
      await takeRecords(batches, rows);
      const executorBytes = residentBytes(engine.executors[0]!.pid);
      const storedBytes = (await usedBytes()) - before;
      await engine.executors[0]!.kill();
      await produceRecords(kafka, topic, recordOf, { from: rows, until: rows + CHANGED_RECORDS });
      const startedMs = clock.monotonic();
      await engine.startExecutor();
      const knownMs = clock.monotonic();
      await takeRecords(batches, CHANGED_RECORDS);
      const restoreMs = clock.monotonic() - startedMs;
      await remove(engine.control, job);
      return { rows, storedBytes, executorBytes, restoreMs, startMs: knownMs - startedMs };
    });
  } finally {
    redis.disconnect();
  }
}
