import type { KafkaClient } from '@millrace/shared/kafka';
import { readPartition } from '../../../examples/demo/check/read-partition.ts';
import { enter, type Ledger } from './ledger.ts';

/** Enters what has become readable since the last call. KAFKA_UNAVAILABLE; then what was read stays entered. */
export async function readOn(kafka: KafkaClient, topic: string, ledger: Ledger): Promise<void> {
  for (const { partition, offset: stable } of await kafka.listOffsets([topic], 'latest')) {
    const part = ledger[partition]!;
    const range = { from: part.readTo, until: stable };
    for await (const record of readPartition(kafka, { topic, partition }, range)) {
      enter(ledger, record);
      part.readTo = record.offset + 1;
    }
    part.readTo = Math.max(part.readTo, stable);
  }
}
