import { MillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';
import { Kafka, logLevel } from 'kafkajs';

/** What is in a topic already would be part of the input, or of the result that is checked. INVALID_CONFIG. */
export async function refuseTopicsThatExist(kafka: Pick<KafkaClient, 'topicNames'>, topics: readonly string[]) {
  const there = await kafka.topicNames();
  const taken = topics.filter((topic) => there.includes(topic));
  if (taken.length === 0) return;
  throw new MillraceError('INVALID_CONFIG', `this Kafka has ${taken.join(' and ')} already`, {
    hint: 'Delete what is there, or unset MILLRACE_KAFKA: the demo then starts a Kafka of its own.',
  });
}

/** The demo leaves a Kafka that others use as it found it. */
export async function deleteTopics(brokers: readonly string[], topics: readonly string[]): Promise<void> {
  const admin = new Kafka({ clientId: 'demo', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    await admin.deleteTopics({ topics: [...topics] });
  } finally {
    await admin.disconnect();
  }
}
