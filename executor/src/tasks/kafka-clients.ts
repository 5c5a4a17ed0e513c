import type { KafkaClient } from '@millrace/shared/kafka';
import type { KafkaConnection } from '@millrace/shared/spec';

/** Kafka clients of this executor, one per cluster and login, shared by its jobs. */
export type KafkaClients = {
  /** Connects with the first use. Each caller of `use` calls `release` once. */
  use(connection: KafkaConnection): { client(): Promise<KafkaClient>; release(): Promise<void> };
  close(): Promise<void>;
};

export function createKafkaClients(connect: (connection: KafkaConnection) => Promise<KafkaClient>): KafkaClients {
  type Entry = { users: number; client: Promise<KafkaClient> | null };
  const entries = new Map<string, Entry>();
  const close = async ({ client }: Entry) => {
    // One that never connected has nothing to close.
    await client?.then((connected) => connected.close()).catch(() => {});
  };
  return {
    use: (connection) => {
      const key = JSON.stringify(connection);
      const entry: Entry = entries.get(key) ?? { users: 0, client: null };
      entries.set(key, entry);
      entry.users += 1;
      return {
        client: () => {
          entry.client ??= connect(connection).catch((error: unknown) => {
            // The next task tries again.
            entry.client = null;
            throw error;
          });
          return entry.client;
        },
        release: async () => {
          entry.users -= 1;
          if (entry.users > 0) return;
          if (entries.get(key) === entry) entries.delete(key);
          await close(entry);
        },
      };
    },
    close: async () => {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map(close));
    },
  };
}
