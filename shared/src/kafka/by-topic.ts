export type TopicPartition = { topic: string; partition: number };

/** Kafka's requests nest partitions in topics. Keeps the order of first appearance. */
export function byTopic<Item extends TopicPartition>(items: readonly Item[]): { topic: string; partitions: Item[] }[] {
  return [...Map.groupBy(items, (item) => item.topic)].map(([topic, partitions]) => ({ topic, partitions }));
}
