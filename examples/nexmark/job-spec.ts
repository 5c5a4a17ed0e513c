import { readFileSync } from 'node:fs';
import { eventColumns } from './event-columns.ts';
import type { NexmarkQuery } from './queries.ts';
import { queryText } from './query-text.ts';

export type NexmarkJob = {
  name: string;
  query: NexmarkQuery;
  brokers: readonly string[];
  /** Holds the events. */
  topic: string;
  /** No event is further behind than this. ms. */
  disorderMaxMs: number;
  /** Path of the table that q13 joins with. */
  sideInputPath: string;
  /** Topic for the answer, or nowhere. */
  output: { topic: string } | 'noop';
  recordsPerBatch?: number;
};

/** As Flink's definition of the table has it. */
const WATERMARK_DELAY_MS = 4_000;

/** The job spec of a query, to its input's end, as JSON. Unless told, limits are left out: defaults are what is measured. */
export function nexmarkJobText(job: NexmarkJob): string {
  const { name, query, output, recordsPerBatch } = job;
  const spec = {
    name,
    sources: { events: eventSource(job) },
    ...(query.readsSideInput && { tables: { side_input: sideInput(job) } }),
    query: queryText(query),
    sink: output === 'noop' ? 'noop' : kafkaSink(job, output.topic),
    outputMode: query.output.mode,
    trigger: 'availableNow',
    ...(recordsPerBatch && { limits: { recordsPerBatch: String(recordsPerBatch) } }),
  };
  return JSON.stringify(spec, null, 2);
}

function eventSource({ brokers, topic, query, disorderMaxMs }: NexmarkJob) {
  const delay = `${Math.max(WATERMARK_DELAY_MS, disorderMaxMs)}ms`;
  return {
    type: 'kafka',
    brokers,
    topic,
    columns: eventColumns(query.reads),
    watermark: { column: 'date_time', delay },
  };
}

function sideInput({ sideInputPath }: NexmarkJob) {
  return { columns: { key: 'BIGINT', value: 'VARCHAR' }, csv: readFileSync(sideInputPath, 'utf8') };
}

function kafkaSink({ brokers, query }: NexmarkJob, topic: string) {
  return { type: 'kafka', brokers, topic, ...(query.output.mode === 'update' && { key: query.output.key }) };
}
