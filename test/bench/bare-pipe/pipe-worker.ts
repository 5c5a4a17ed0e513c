// A thread of the bare pipe: record batches in, DuckDB's answer counted, nothing kept.
import { ftruncateSync, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { DuckDBInstance } from '@duckdb/node-api';
import { copyValues, type LineBuffer } from './copy-values.ts';
import { linesViewSql, type PipeQuery } from './pipe-queries.ts';

export type PipeWorkerData = { path: string };
export type PipeTask = { query: PipeQuery; recordSets: ArrayBuffer[] };
export type PipeAnswer = { records: number; rows: number };

const INITIAL_BYTES = 64 * 1024 * 1024;

const { path } = workerData as PipeWorkerData;
const file = openSync(path, 'w+');
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
const buffer: LineBuffer = { bytes: Buffer.allocUnsafe(INITIAL_BYTES), length: 0, lines: 0 };

let prepared = '';

/** Threads are given queries by copy, so one is known by what it says. */
async function prepare(query: PipeQuery): Promise<void> {
  const text = JSON.stringify(query);
  if (text === prepared) return;
  for (const statement of [linesViewSql(query, path), ...(query.setup ?? [])]) await connection.run(statement);
  prepared = text;
}

async function runTask({ query, recordSets }: PipeTask): Promise<PipeAnswer> {
  buffer.length = 0;
  buffer.lines = 0;
  for (const set of recordSets) copyValues(Buffer.from(set), buffer);
  writeSync(file, buffer.bytes, 0, buffer.length, 0);
  ftruncateSync(file, buffer.length);
  await prepare(query);
  const reader = await connection.runAndReadAll(query.sql);
  return { records: buffer.lines, rows: reader.currentRowCount };
}

parentPort!.on('message', (task: PipeTask) => {
  void runTask(task).then((answer) => parentPort!.postMessage(answer));
});
parentPort!.postMessage('ready');
