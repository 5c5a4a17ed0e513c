import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onPath } from './command.ts';
import { dockerAnswers } from './docker.ts';
import { findJava } from './java.ts';
import { fetchKafkaJars, KAFKA_VERSION } from './maven-kafka.ts';
import { firstSource } from './source.ts';

/** A Kafka to run: a folder of jars and a Java, or an image. */
export type KafkaProgram = { kind: 'jars'; java: string; libraries: string } | { kind: 'image'; image: string };

const REMEDY =
  'Install Java 17 and Maven (apt install openjdk-17-jre-headless maven), unpack Kafka from https://kafka.apache.org and set KAFKA_HOME, start Docker, or set MILLRACE_KAFKA=host:port,…';

/** `brokers`: in containers each would have a network of its own, so Docker is asked for single ones only. */
export function findKafka(brokers: number): Promise<KafkaProgram> {
  return firstSource<KafkaProgram>(
    'Kafka',
    [
      { name: 'Docker', find: () => fromDocker(brokers) },
      { name: 'KAFKA_HOME or kafka-server-start on PATH', find: fromInstallation },
      { name: 'Maven', find: fromMaven },
    ],
    REMEDY,
  );
}

async function fromDocker(brokers: number): Promise<KafkaProgram | undefined> {
  if (brokers > 1 || !(await dockerAnswers())) return undefined;
  return { kind: 'image', image: `apache/kafka:${KAFKA_VERSION}` };
}

async function fromInstallation(): Promise<KafkaProgram | undefined> {
  const script = onPath('kafka-server-start.sh') ?? onPath('kafka-server-start');
  const homes = [process.env.KAFKA_HOME, script && dirname(dirname(script))].filter((home) => home !== undefined);
  // Homebrew keeps the distribution one level deeper, under libexec.
  const libraries = homes
    .flatMap((home) => [join(home, 'libs'), join(home, 'libexec/libs')])
    .find((folder) => existsSync(folder));
  return libraries === undefined ? undefined : { kind: 'jars', java: await findJava(), libraries };
}

async function fromMaven(): Promise<KafkaProgram> {
  const java = await findJava();
  return { kind: 'jars', java, libraries: await fetchKafkaJars() };
}
