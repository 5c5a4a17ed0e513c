import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type NexmarkJob, nexmarkJobText } from '../../../examples/nexmark/job-spec.ts';
import type { NexmarkQuery } from '../../../examples/nexmark/queries.ts';
import { queryText } from '../../../examples/nexmark/query-text.ts';
import type { Engine } from '../../bench/engine.ts';
import { runJob } from '../../bench/run-job.ts';
import type { EventTopic } from '../fill/event-topic.ts';
import type { NexmarkContext } from '../nexmark-context.ts';
import { plainWindows } from '../plain-windows.ts';
import { type Comparison, compareAnswers } from './compare-answers.ts';
import { writeRecords } from './write-records.ts';

export type CheckResult = Comparison & {
  verdict: 'equal' | 'differs';
  batches: number;
  /** None should be: the watermark waits for the disorder. */
  lateRows: number;
};

const TIME_LIMIT_MS = 180_000;
/** Enough that state is kept, changed and read again. */
const BATCHES = 8;
/** Before any time: no window is closed where no watermark was. */
const NO_WATERMARK = "TIMESTAMP '-infinity'";

/** Runs the query in many small batches into a topic, and compares what is there then with DuckDB's answer over all events. */
export async function checkQuery(
  context: NexmarkContext,
  engine: Engine,
  query: NexmarkQuery,
  { topic, events, connection }: EventTopic & { connection: DuckDBConnection },
): Promise<CheckResult> {
  const { kafka, kafkaServer, clock, options, folder, sideInputPath } = context;
  const output = { topic: `nexmark-answer-${process.pid}-${query.name}` };
  await kafka.createTopics([{ topic: output.topic, partitions: options.partitions }]);
  const name = `check-${query.name}`;
  const job: NexmarkJob = {
    name,
    query,
    brokers: kafkaServer.brokers,
    topic,
    disorderMaxMs: options.disorderMaxMs,
    sideInputPath,
    output,
    recordsPerBatch: Math.ceil(events / BATCHES),
  };
  const batches = await runJob(engine.control, {
    job: { name, text: nexmarkJobText(job) },
    timeLimitMs: TIME_LIMIT_MS,
    clock,
  });
  const watermarks = batches.flatMap(({ progress }) => progress.watermarkMs ?? []);
  const closedBy = watermarks.length > 0 ? `make_timestamp_ms(${Math.max(...watermarks)})` : NO_WATERMARK;
  const recordsPath = join(folder, `${query.name}.ndjson`);
  await writeRecords(kafka, output.topic, recordsPath);
  const sql = plainWindows(queryText(query), query.closesWindows ? closedBy : undefined);
  const comparison = await compareAnswers(connection, query, { sql, recordsPath });
  const isEqual = comparison.missing + comparison.surplus === 0 && comparison.rows > 0;
  return {
    ...comparison,
    verdict: isEqual ? 'equal' : 'differs',
    batches: batches.length,
    lateRows: batches.reduce((sum, { progress }) => sum + (progress.counts?.lateRows ?? 0), 0),
  };
}
