/** Where one node of a cluster listens. */
export type KafkaNode = { id: number; port: number; controllerPort: number };

/** Room for the 10 MB records of the tests beside their batch's header. */
const MESSAGE_BYTES_MAX = 11 * 1024 * 1024;

/** The compaction buffer is taken at start, 128 MB unless told: a quarter of the heap we give. */
const CLEANER_BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * A broker that was killed may come back only when its old session is over, 9 s unless told; a busy machine must still beat in
 * time.
 */
const BROKER_SESSION_MS = 4_000;
const BROKER_HEARTBEAT_MS = 500;

/** Quotas count over so many seconds, eleven unless told: what a client may fetch in that time it gets at once. */
const QUOTA_WINDOWS = 2;

const KEPT_FOR_EVER = '-1';

/**
 * The properties of node `node` in a cluster of `nodes`, each broker and controller at once. `host` is what it binds;
 * clients always come to 127.0.0.1.
 */
export function kafkaProperties(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  place: { dataFolder: string; host: string },
  overrides: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const replicas = String(Math.min(nodes.length, 3));
  const inSync = String(Math.max(1, Math.min(nodes.length, 3) - 1));
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: `PLAINTEXT://${place.host}:${node.port},CONTROLLER://${place.host}:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': place.dataFolder,
    'broker.session.timeout.ms': String(BROKER_SESSION_MS),
    'broker.heartbeat.interval.ms': String(BROKER_HEARTBEAT_MS),
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'log.retention.ms': KEPT_FOR_EVER,
    'log.retention.bytes': KEPT_FOR_EVER,
    'log.cleaner.dedupe.buffer.size': String(CLEANER_BUFFER_BYTES),
    'log.segment.delete.delay.ms': '1000',
    'message.max.bytes': String(MESSAGE_BYTES_MAX),
    'replica.fetch.max.bytes': String(MESSAGE_BYTES_MAX),
    'quota.window.num': String(QUOTA_WINDOWS),
    'min.insync.replicas': inSync,
    'default.replication.factor': replicas,
    ...internalTopics(replicas, inSync),
    ...overrides,
  };
}

/** One partition each: creating the usual fifty takes a test's first transaction half a second. */
function internalTopics(replicas: string, inSync: string): Record<string, string> {
  return {
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
  };
}

/** As Kafka reads it. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
