import { toMillraceError } from '@millrace/shared/errors';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { JobSpec, KafkaConnection, SpecProblem } from '@millrace/shared/spec';

/** Opens a client of a Kafka cluster; the caller closes it. */
export type ConnectKafka = (connection: KafkaConnection, purpose: string) => Promise<KafkaClient>;

/** What only the brokers can tell about a spec: they answer, and the topics are there. All problems at once. */
export async function checkOnline(spec: JobSpec, connectKafka: ConnectKafka): Promise<SpecProblem[]> {
  const checks: Promise<SpecProblem[]>[] = spec.sources.map((source) =>
    checkTopics(connectKafka, source.connection, source.topics, `sources.${source.name}`),
  );
  if (spec.sink.type === 'kafka')
    checks.push(checkTopics(connectKafka, spec.sink.connection, [spec.sink.topic], 'sink'));
  for (const { name, connection, onBadRecord } of spec.sources) {
    if (onBadRecord.kind === 'deadLetter' && onBadRecord.target.kind === 'topic') {
      checks.push(checkTopics(connectKafka, connection, [onBadRecord.target.topic], `sources.${name}.onBadRecord`));
    }
  }
  return (await Promise.all(checks)).flat();
}

async function checkTopics(
  connectKafka: ConnectKafka,
  connection: KafkaConnection,
  topics: readonly string[],
  path: string,
): Promise<SpecProblem[]> {
  try {
    const kafka = await connectKafka(connection, 'check');
    try {
      await kafka.partitions([...topics]);
      return [];
    } finally {
      kafka.close();
    }
  } catch (thrown) {
    const error = toMillraceError(thrown);
    return [{ path, message: error.message, hint: error.hint, line: null, column: null }];
  }
}
