import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaClient } from '@millrace/shared/kafka';
import { type Comparison, compareFiles } from './compare-files.ts';
import type { TopicRecord } from './read-partition.ts';
import { readTopic } from './read-topic.ts';

/**
 * Computes from the whole topic of payments what the job should have made of it, in one ordinary query that knows nothing of
 * streams, and compares it with what stands in the sink topic: every group, every count, every cent.
 */
export async function compareWithTruth(
  kafka: KafkaClient,
  topics: { payments: string; sink: string },
): Promise<Comparison> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-truth-'));
  try {
    const payments = join(folder, 'payments.ndjson');
    const updates = join(folder, 'updates.ndjson');
    await writeLines(kafka, topics.payments, payments, ({ value }) => value?.toString() ?? '{}');
    await writeLines(kafka, topics.sink, updates, ({ partition, offset, key, value }) => {
      return `{"partition":${partition},"offset":${offset},"key":${JSON.stringify(key)},"row":${value}}`;
    });
    return await compareFiles(payments, updates);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeLines(
  kafka: KafkaClient,
  topic: string,
  path: string,
  line: (record: TopicRecord) => string,
): Promise<void> {
  const file = createWriteStream(path);
  for await (const record of readTopic(kafka, topic)) {
    if (!file.write(`${line(record)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
