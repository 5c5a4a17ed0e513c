import { MillraceError } from '../errors/index.ts';
import type { Step } from './by-leader.ts';
import type { TopicPartition } from './by-topic.ts';
import { judgePartition } from './kafka-failure.ts';

/**
 * The step that a partition's answer makes: null where its error code is 0 and the caller reads on. A partition that the
 * broker left out of its answer is tried again.
 */
export function partitionStep(item: TopicPartition, answer: { errorCode: number } | undefined): Step<never> | null {
  const { topic, partition } = item;
  if (answer === undefined) {
    const message = `Kafka left partition ${partition} of topic ${topic} out of its answer.`;
    return { kind: 'retry', error: new MillraceError('KAFKA_UNAVAILABLE', message, { details: { topic, partition } }) };
  }
  return judgePartition(answer.errorCode, topic, partition);
}
