import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { createContainer } from './docker.ts';
import { accessProperties, type KafkaAccess, scramArguments } from './kafka-access.ts';
import { type KafkaNode, kafkaProperties, propertiesText } from './kafka-config.ts';
import type { KafkaProgram } from './kafka-program.ts';
import type { ServerCommand } from './server-process.ts';

/** Bounds what a broker takes from the machine that it shares with what is being tested or measured. */
const HEAP_MB = 512;

/** Serial collection needs no threads beside two cores' work; the shared class archive halves the start. */
const JVM_FLAGS = [`-Xmx${HEAP_MB}m`, '-Xms128m', '-XX:+UseSerialGC', '-Xshare:auto', '-XX:-UsePerfData'];
export const LOG_FLAG = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';

/** A command that only formats is over in a second: do not compile what runs once. */
export const SHORT_JVM_FLAGS = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
];

export type KafkaNodePlan = {
  program: KafkaProgram;
  clusterId: string;
  node: KafkaNode;
  nodes: readonly KafkaNode[];
  folder: string;
  config: Readonly<Record<string, string>>;
  /** Undefined: anybody may come. */
  access?: KafkaAccess | undefined;
};

/** Writes a node's properties, formats its storage, and resolves to the command that runs it. */
export async function prepareKafkaNode(plan: KafkaNodePlan): Promise<ServerCommand> {
  const { program, clusterId, node, nodes, folder, access } = plan;
  const config = { ...(access && accessProperties(access)), ...plan.config };
  const users = access ? scramArguments(access) : [];
  const name = `node-${node.id}`;
  const inImage = program.kind === 'image';
  const place = inImage
    ? { dataFolder: '/tmp/millrace', host: '0.0.0.0' }
    : { dataFolder: join(folder, `${name}-data`), host: '127.0.0.1' };
  const properties = join(folder, `${name}.properties`);
  writeFileSync(properties, propertiesText(kafkaProperties(node, nodes, place, config)));
  const logged = { cwd: folder, logPath: join(folder, `${name}.log`), folder };
  if (inImage) {
    const container = `millrace-kafka-${randomUUID()}`;
    const command = ['sh', '-c', containerScript(`/millrace/${name}.properties`, clusterId, users)] as const;
    await createContainer({ image: program.image, name: container, port: node.port, folder, command });
    return { ...logged, command: 'docker', args: ['start', '--attach', container], container };
  }
  const { java, libraries } = program;
  const classPath = ['-cp', join(libraries, '*')];
  const format = ['format', '--cluster-id', clusterId, '--config', properties, ...users];
  await runCommand(java, [...SHORT_JVM_FLAGS, LOG_FLAG, ...classPath, 'kafka.tools.StorageTool', ...format]);
  return { ...logged, command: java, args: [...JVM_FLAGS, LOG_FLAG, ...classPath, 'kafka.Kafka', properties] };
}

/** Run at every start of the container: formats what is not formatted, then becomes the broker. */
function containerScript(properties: string, clusterId: string, users: readonly string[]): string {
  const bin = '/opt/kafka/bin';
  const format = `${bin}/kafka-storage.sh format --ignore-formatted --cluster-id ${clusterId} --config ${properties} ${users.join(' ')}`;
  return `export KAFKA_HEAP_OPTS=-Xmx${HEAP_MB}m; ${format} && exec ${bin}/kafka-server-start.sh ${properties}`;
}
