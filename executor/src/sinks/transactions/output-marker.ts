import { type Clock, within } from '@millrace/shared/clock';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';

/**
 * The newest batch that was known to be committed when its output was made visible, kept in Kafka as an offset of a group of its own
 * that nobody reads by: a store that has lost commits is found behind it. Kafka lets such offsets expire (offsets.retention.minutes,
 * a week): no marker says nothing. It is no part of the transactions: they must not hang on the coordinator of a group.
 */
export type OutputMarker = {
  /** Returns at once; KAFKA_REFUSED when the rights for an earlier one were missing. */
  note(batchId: number): void;
  read(): Promise<number | null>;
  /** Once the last one is noted, or cannot be. */
  close(): Promise<void>;
};

/**
 * Between two notes, of which the later holds all between. Each costs small batches a fifth of their time: Kafka's group coordinator
 * lingers over it.
 */
const EVERY_MS = 50;
const SEND_MAX_MS = 2_000;

export function createOutputMarker(
  connect: () => Promise<Pick<KafkaClient, 'commitOffsets' | 'committedOffset'>>,
  { group, topic, clock }: { group: string; topic: string; clock: Clock },
): OutputMarker {
  // An offset belongs to a partition that exists; which one does not matter.
  const at = { topic, partition: 0 };
  const closing = new AbortController();
  let waiting: number | null = null;
  let running: Promise<void> | null = null;
  let refusal: MillraceError | null = null;

  /** A coordinator in trouble holds nothing up: the next note says more. */
  async function send(batchId: number): Promise<void> {
    try {
      const kafka = await connect();
      await within(clock, SEND_MAX_MS, (signal) => kafka.commitOffsets(group, [{ ...at, offset: batchId }], signal));
      refusal = null;
    } catch (thrown) {
      const error = toMillraceError(thrown);
      if (error.code === 'KAFKA_REFUSED') refusal = error;
    }
  }

  async function run(): Promise<void> {
    while (waiting !== null) {
      const batchId = waiting;
      waiting = null;
      await send(batchId);
      await clock.delay(EVERY_MS, closing.signal).catch(() => {});
    }
    running = null;
  }

  return {
    note(batchId) {
      waiting = batchId;
      running ??= run();
      if (refusal !== null) throw refusal;
    },
    read: async () => (await connect()).committedOffset(group, at),
    async close() {
      closing.abort();
      await running;
    },
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
