import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { announce } from './announce.ts';
import { cached } from './cached.ts';
import { onPath, runCommand } from './command.ts';

export const KAFKA_VERSION = '4.1.0';

const DEPENDENCIES: readonly [group: string, artifact: string, version: string][] = [
  ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
  ['org.apache.kafka', 'kafka-tools', KAFKA_VERSION],
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
];

/** The folder with a broker's jars, fetched by Maven the first time. */
export async function fetchKafkaJars(): Promise<string> {
  const name = `kafka-${KAFKA_VERSION}`;
  const folder = await cached(name, async (temporary) => {
    const maven = onPath('mvn');
    if (maven === undefined) throw new MillraceError('INVALID_CONFIG', 'no Maven (mvn) to fetch its jars with');
    announce(`fetching Kafka ${KAFKA_VERSION} (its jars, by Maven, into .cache, about 55 MB)`);
    mkdirSync(join(temporary, 'libs'));
    writeFileSync(join(temporary, 'pom.xml'), pom());
    const goal = ['dependency:copy-dependencies', '-DoutputDirectory=libs'];
    await runCommand(maven, ['--quiet', '--batch-mode', ...goal], { cwd: temporary });
  });
  return join(folder, 'libs');
}

function pom(): string {
  const dependencies = DEPENDENCIES.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>kafka-jars</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
