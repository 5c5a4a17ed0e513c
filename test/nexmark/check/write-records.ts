import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { KafkaClient } from '@millrace/shared/kafka';
import { readTopic } from '../../../examples/demo/check/read-topic.ts';

/** All committed records of a topic as NDJSON: `{partition, offset, key, row}`, where a row of null is a tombstone. */
export async function writeRecords(kafka: KafkaClient, topic: string, path: string): Promise<void> {
  const file = createWriteStream(path);
  for await (const { partition, offset, key, value } of readTopic(kafka, topic)) {
    const line = `{"partition":${partition},"offset":${offset},"key":${JSON.stringify(key)},"row":${value}}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
