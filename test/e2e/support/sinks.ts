import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaClient } from '@millrace/shared/kafka';
import { rowsOfParquet } from './oracle.ts';
import { type TextRow, textRowOf } from './rows.ts';
import { readTopic, type TopicRecord } from './topics.ts';

type Manifest = { batch: number; mode: string; files: { path: string }[] };

/** What a reader of a file sink sees: the files that manifests name; of a complete result, those of the last batch. */
export async function readFileSink(folder: string, format: 'ndjson' | 'parquet'): Promise<TextRow[]> {
  const manifests = manifestsOf(folder);
  const read = manifests.at(-1)?.mode === 'complete' ? manifests.slice(-1) : manifests;
  const paths = read.flatMap(({ files }) => files.map(({ path }) => join(folder, path)));
  return format === 'parquet' ? rowsOfParquet(paths) : paths.flatMap((path) => linesOf(path).map(textRowOf));
}

/** Lines of the NDJSON files that manifests name. */
export function fileSinkLines(folder: string): string[] {
  return manifestsOf(folder).flatMap(({ files }) => files.flatMap(({ path }) => linesOf(join(folder, path))));
}

function manifestsOf(folder: string): Manifest[] {
  const manifests = join(folder, '_manifest');
  if (!existsSync(manifests)) return [];
  return readdirSync(manifests)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(manifests, name), 'utf8')) as Manifest);
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

/** Every record of a Kafka sink's topic. */
export async function readKafkaSink(kafka: KafkaClient, topic: string): Promise<TextRow[]> {
  return (await readTopic(kafka, topic)).map(rowOf);
}

/** The table that a topic of updates stands for: the last value of each key; a tombstone removes it. */
export async function readKafkaTable(kafka: KafkaClient, topic: string): Promise<TextRow[]> {
  const table = new Map<string | null, TextRow>();
  for (const record of await readTopic(kafka, topic)) {
    if (record.value === null) table.delete(record.key);
    else table.set(record.key, rowOf(record));
  }
  return [...table.values()];
}

const rowOf = ({ value }: TopicRecord) => textRowOf(String(value));
