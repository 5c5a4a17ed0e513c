import { type Clock, within } from '@millrace/shared/clock';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';

/**
 * The newest batch that was known to be committed when its output was made visible, kept in Kafka as an offset of a group of its own
 * that nobody reads by: a store that has lost commits is found behind it. Kafka lets such offsets expire (offsets.retention.minutes,
 * a week): no marker says nothing. It is no part of the transactions: they must not hang on the coordinator of a group.
 */
export type OutputMarker = {
  /** Waits a moment, not for a coordinator in trouble: the next batch notes more. KAFKA_REFUSED for missing rights. */
  note(batchId: number): Promise<void>;
  read(): Promise<number | null>;
};

const NOTE_MAX_MS = 1_000;

export function createOutputMarker(
  connect: () => Promise<Pick<KafkaClient, 'commitOffsets' | 'committedOffset'>>,
  { group, topic, clock }: { group: string; topic: string; clock: Clock },
): OutputMarker {
  // An offset belongs to a partition that exists; which one does not matter.
  const at = { topic, partition: 0 };
  let isInTrouble = false;

  async function send(batchId: number): Promise<void> {
    const kafka = await connect();
    try {
      await within(clock, NOTE_MAX_MS, (signal) => kafka.commitOffsets(group, [{ ...at, offset: batchId }], signal));
      isInTrouble = false;
    } catch (thrown) {
      const error = toMillraceError(thrown);
      if (error.code === 'KAFKA_REFUSED') throw error;
      isInTrouble = true;
    }
  }

  return {
    async note(batchId) {
      const sent = send(batchId);
      if (isInTrouble) sent.catch(() => {});
      else await sent;
    },
    read: async () => (await connect()).committedOffset(group, at),
  };
}

/**
 * A batch is prepared only when none as late has ever been published: else the store has lost commits, and going on from
 * its older state would write the same output twice.
 */
export function assertBehind(published: number | null, batchId: number, topic: string): void {
  if (published === null || published < batchId) return;
  throw new MillraceError(
    'STORE_CORRUPT',
    `topic ${topic} already holds the output of batch ${published}, but the store is about to run batch ${batchId}`,
    {
      hint: 'the store has lost commits (restored from a backup, or failed over without waiting for replicas): bring back its newest data, or delete the job and compute it anew into another topic',
      details: { topic, published, batchId },
    },
  );
}
