import { open } from 'node:fs/promises';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { batchHeaders, committedBatches, type KafkaClient, readRecords } from '@millrace/shared/kafka';
import { KEYED_FIELDS } from '@millrace/shared/plan';
import type { FetchedTable, TableOrigin } from '@millrace/shared/spec';
import type { ConnectKafka } from '../jobs/check-online.ts';
import { badTable, createSizeGuard } from './bad-table.ts';
import type { ReadRows } from './table-loader.ts';

type Origin = Extract<TableOrigin, { kind: 'kafka' }>;
type Wanted = Pick<FetchedTable, 'name' | 'key' | 'bytesMax'>;

const FETCH_BYTES_MAX = 8 * 1024 * 1024;
/** With records to read there is nothing to wait for. */
const FETCH_WAIT_MAX_MS = 500;
/** In a row, of a partition that has not come to its end: then it never will. */
const EMPTY_ANSWERS_MAX = 20;

/** Of each key of the topic the newest value, up to the end that it had when asked; a null value takes the key away. */
export async function readTopic(
  { connection, topic }: Origin,
  table: Wanted,
  { path, mark: before, signal, connectKafka }: Reading,
): Promise<ReadRows | 'unchanged'> {
  const kafka = await connectKafka(connection, `table-${table.name}`);
  try {
    const [first, ends, ids] = await Promise.all([
      kafka.listOffsets([topic], 'earliest', signal),
      kafka.listOffsets([topic], 'latest', signal),
      kafka.topicIds([topic], signal),
    ]);
    const mark = JSON.stringify([ids.get(topic) ?? null, ends.map(({ partition, offset }) => [partition, offset])]);
    if (mark === before) return 'unchanged';
    const newest = createNewest(table);
    for (const { partition, offset: until } of ends) {
      const from = first.find((one) => one.partition === partition)?.offset ?? 0;
      await readPartition(kafka, { topic, partition, from, until }, newest.take, signal);
    }
    return { path, format: { keyed: table.key ?? [] }, mark, place: await newest.write(path) };
  } catch (thrown) {
    // Deleted while it was read: the next time it begins where the topic does.
    const error = toMillraceError(thrown);
    throw error.code === 'OFFSETS_GONE' ? unavailable(error.message) : error;
  } finally {
    kafka.close();
  }
}

type Reading = { path: string; mark: string | null; signal: AbortSignal; connectKafka: ConnectKafka };
type Range = { topic: string; partition: number; from: number; until: number };
type Take = (record: { partition: number; offset: number; key: Buffer | null; value: Buffer | null }) => void;

async function readPartition(
  kafka: Pick<KafkaClient, 'fetch'>,
  { topic, partition, from, until }: Range,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  let empty = 0;
  for (let next = from; next < until; ) {
    const want = { topic, partition, offset: next, bytesMax: FETCH_BYTES_MAX };
    const limits = { waitMaxMs: FETCH_WAIT_MAX_MS, bytesMin: 1, bytesMax: FETCH_BYTES_MAX };
    const [fetched] = await kafka.fetch([want], { ...limits, signal });
    const { records, abortedTransactions } = fetched!;
    for (const batch of committedBatches(records, abortedTransactions, { from: next, until }))
      for (const { offset, key, value } of readRecords(batch))
        if (offset >= next && offset < until) take({ partition, offset, key, value });
    const last = [...batchHeaders(records)].at(-1);
    empty = last === undefined ? empty + 1 : 0;
    if (empty > EMPTY_ANSWERS_MAX)
      throw unavailable(`${topic}/${partition} ends at ${next}, records up to ${until} were there`);
    next = last === undefined ? next : last.lastOffset + 1;
  }
}

const unavailable = (message: string) =>
  new MillraceError('TABLE_UNAVAILABLE', message, { hint: 'was the topic made anew, or are its records deleted?' });

/** Keeps the newest value of each key in memory: as much as the table may have. */
function createNewest(table: Wanted): { take: Take; write(path: string): Promise<ReadRows['place']> } {
  const checkSize = createSizeGuard(table);
  const newest = new Map<string, { partition: number; offset: number; line: string }>();
  let bytes = 0;

  return {
    take({ partition, offset, key, value }) {
      if (key === null) {
        const hint = 'a table is a topic of records with keys: give them keys, or read the topic as a source';
        throw badTable(table.name, `has a record without a key (partition ${partition} offset ${offset})`, hint);
      }
      const name = key.toString('latin1');
      bytes -= newest.get(name)?.line.length ?? 0;
      newest.delete(name);
      if (value === null) return;
      const line = lineOf(table.key ?? [], key, value);
      newest.set(name, { partition, offset, line });
      bytes += line.length;
      checkSize(bytes);
    },
    async write(path) {
      const records = [...newest.values()];
      const file = await open(path, 'w');
      try {
        for (let at = 0; at < records.length; at += LINES_AT_ONCE)
          await file.appendFile(
            records
              .slice(at, at + LINES_AT_ONCE)
              .map(({ line }) => line)
              .join(''),
          );
      } finally {
        await file.close();
      }
      return (line) => {
        const { partition, offset } = records[line - 1] ?? {};
        return `partition ${partition} offset ${offset}`;
      };
    },
  };
}

const LINES_AT_ONCE = 10_000;

/** One column is the key's text, several are fields of its JSON object, as the Kafka sink writes them. */
function lineOf(columns: readonly string[], key: Buffer, value: Buffer): string {
  const [only, ...others] = columns;
  const keyed =
    only === undefined ? '{}' : others.length === 0 ? JSON.stringify({ [only]: key.toString() }) : oneLine(key);
  return `{"${KEYED_FIELDS.key}":${keyed},"${KEYED_FIELDS.value}":${oneLine(value)}}\n`;
}

/** A line break in valid JSON is only a blank. An empty text is none: it is told as such when the line is read. */
const oneLine = (json: Buffer) => json.toString().replace(/[\r\n]/g, ' ');
