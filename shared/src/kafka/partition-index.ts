import type { TopicPartition } from './by-topic.ts';

const nameOf = ({ topic, partition }: TopicPartition): string => `${partition}/${topic}`;

/** Answers found by topic and partition, whatever order the broker gave them in. */
export function partitionIndex<Answer extends TopicPartition>(
  answers: readonly Answer[],
): (item: TopicPartition) => Answer | undefined {
  const byName = new Map(answers.map((answer) => [nameOf(answer), answer]));
  return (item) => byName.get(nameOf(item));
}
