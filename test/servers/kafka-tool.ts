import { join } from 'node:path';
import { runCommand } from './command.ts';
import { LOG_FLAG, SHORT_JVM_FLAGS } from './kafka-node.ts';
import { findKafka } from './kafka-program.ts';

/** Kafka's own tools, as the independent opinion: the name of each script, and the class that it runs. */
const TOOLS = {
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
} as const;

/** Runs a tool against a cluster and resolves to what it prints. A JVM takes about two seconds for it. */
export async function kafkaTool(tool: keyof typeof TOOLS, brokers: string[], args: string[]): Promise<string> {
  const program = await findKafka(1);
  const all = ['--bootstrap-server', brokers.join(','), ...args];
  if (program.kind === 'image') {
    const script = ['--entrypoint', `/opt/kafka/bin/${tool}.sh`, program.image];
    return await runCommand('docker', ['run', '--rm', '--network', 'host', ...script, ...all]);
  }
  const { java, libraries } = program;
  return await runCommand(java, [...SHORT_JVM_FLAGS, LOG_FLAG, '-cp', join(libraries, '*'), TOOLS[tool], ...all]);
}
