import { MillraceError } from '@millrace/shared/errors';
import type { KafkaTransactions, ProducerIdentity } from '@millrace/shared/kafka';
import { z } from 'zod';

/**
 * The newest batch whose output is in the topic, kept in Kafka within the very transactions that write it: an offset of a
 * group of its own that nobody reads by. Kafka lets such offsets expire (offsets.retention.minutes, a week): no marker says nothing.
 */
export type OutputMarker = {
  write(identity: ProducerIdentity, batchId: number, kind: MarkerKind): Promise<void>;
  read(): Promise<OutputMark | null>;
};

export type OutputMark = { batchId: number; kind: MarkerKind };

/** `again`: by the transaction that wrote anew what expired ones had written. */
export type MarkerKind = 'first' | 'again';

const Metadata = z.object({ kind: z.enum(['first', 'again']) });

export function createOutputMarker(
  connect: () => Promise<Pick<KafkaTransactions, 'mark' | 'marked'>>,
  { group, topic }: { group: string; topic: string },
): OutputMarker {
  // An offset belongs to a partition that exists; which one does not matter.
  const at = { topic, partition: 0 };
  return {
    write: async (identity, batchId, kind) => {
      const metadata: z.infer<typeof Metadata> = { kind };
      await (await connect()).mark(identity, group, { ...at, offset: batchId, metadata: JSON.stringify(metadata) });
    },
    read: async () => {
      const marked = await (await connect()).marked(group, at);
      if (marked === null) return null;
      return { batchId: marked.offset, ...parseMetadata(marked.metadata, group) };
    },
  };
}

function parseMetadata(text: string, group: string): z.infer<typeof Metadata> {
  try {
    return Metadata.parse(JSON.parse(text));
  } catch (cause) {
    throw new MillraceError('STORE_CORRUPT', `the marker in Kafka's group ${group} is not of this Millrace`, {
      hint: 'something else has committed offsets under this group: delete the group',
      cause,
      details: { group },
    });
  }
}

/**
 * A batch is prepared only when none as late has ever been visible: else the store has lost commits, and going on from
 * its older state would write the same output twice.
 */
export function assertBehind(marker: OutputMark | null, batchId: number, topic: string): void {
  if (marker === null || marker.batchId < batchId) return;
  throw new MillraceError(
    'STORE_CORRUPT',
    `topic ${topic} already holds the output of batch ${marker.batchId}, but the store is about to run batch ${batchId}`,
    {
      hint: 'the store has lost commits (restored from a backup, or failed over without waiting for replicas): bring back its newest data, or delete the job and compute it anew into another topic',
      details: { topic, published: marker.batchId, batchId },
    },
  );
}
