import { randomBytes } from 'node:crypto';
import { MillraceError } from '@millrace/shared/errors';
import { Kafka, logLevel } from 'kafkajs';
import { CLUSTER_ID_BYTES, clusterIdOf } from './cluster-id.ts';
import { removeContainer } from './docker.ts';
import { freePorts } from './free-port.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { KafkaNode } from './kafka-config.ts';
import { prepareKafkaNode } from './kafka-node.ts';
import { findKafka } from './kafka-program.ts';
import { untilReady, type Watched } from './readiness.ts';
import { createServerFolder, removeServerFolder } from './server-folder.ts';
import { type ServerCommand, type ServerProcess, startServerProcess } from './server-process.ts';

export type KafkaOptions = {
  /** Nodes of the cluster, each broker and controller in one quorum; 1 unless told. */
  brokers?: number;
  /** Broker properties beside or instead of those of kafka-config.ts. */
  config?: Readonly<Record<string, string>>;
  /** Start one even when MILLRACE_KAFKA names one: for tests that kill it or need an empty one. */
  own?: boolean;
  /** Who may come, and how; anybody unless told. Makes it one of its own. */
  access?: KafkaAccess;
};

export type KafkaCluster = {
  /** `host:port` each. */
  brokers: string[];
  /** By broker, changing with `restart`; empty for a cluster named by MILLRACE_KAFKA. */
  readonly pids: readonly number[];
  /** SIGKILL to one broker (the first unless told), keeping its data. */
  kill(broker?: number): Promise<void>;
  /** Starts it again on the same port and data, killing it first if it runs; resolves when the cluster has it back. */
  restart(broker?: number): Promise<void>;
  /** The last lines of the brokers' logs, as far as they are ours. */
  logTail(): string;
  /** Ends the cluster and removes its data; leaves a cluster named by MILLRACE_KAFKA alone. */
  stop(): Promise<void>;
};

/** Three JVMs on two busy cores, and a killed broker that waits for its old session to end (9 s). */
const READY_TIMEOUT_MS = 60_000;

/** A single question to a broker that starts; it refuses at once or answers at once. */
const REQUEST_TIMEOUT_MS = 3_000;

/** A Kafka of its own, or the one MILLRACE_KAFKA names. INVALID_CONFIG when there is none to be had. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers = 1, config = {}, access, own = access !== undefined } = options;
  const named = process.env.MILLRACE_KAFKA;
  if (named !== undefined && named !== '' && !own) return namedKafka(named.split(',').map((broker) => broker.trim()));
  const program = await findKafka(brokers);
  const ports = await freePorts(brokers * 2);
  const nodes = Array.from({ length: brokers }, (_, index): KafkaNode => {
    return { id: index + 1, port: ports[2 * index]!, controllerPort: ports[2 * index + 1]! };
  });
  const folder = createServerFolder('kafka');
  const clusterId = clusterIdOf(randomBytes(CLUSTER_ID_BYTES));
  const plans = nodes.map((node) => ({ program, clusterId, node, nodes, folder, config, access }));
  const commands = await Promise.all(plans.map(prepareKafkaNode)).catch((error: unknown) => {
    removeServerFolder(folder);
    throw error;
  });
  return runCluster(commands, nodes, folder, access);
}

async function runCluster(
  commands: ServerCommand[],
  nodes: readonly KafkaNode[],
  folder: string,
  access: KafkaAccess | undefined,
): Promise<KafkaCluster> {
  const brokers = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const servers = await Promise.all(commands.map(startServerProcess));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await Promise.all(commands.map(({ container }) => container && removeContainer(container)));
    removeServerFolder(folder);
  };
  try {
    await untilClusterReady(brokers, servers, access);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers,
    get pids() {
      return servers.map(({ pid }) => pid);
    },
    kill: (broker = 0) => servers[broker]!.kill(),
    restart: async (broker = 0) => {
      await servers[broker]!.kill();
      servers[broker] = await startServerProcess(commands[broker]!);
      await untilClusterReady([brokers[broker]!], [servers[broker]], access, servers.filter(isRunning).length);
    },
    logTail: () => servers.map((server) => server.logTail()).join('\n'),
    stop,
  };
}

function isRunning(server: ServerProcess): boolean {
  return server.ending() === undefined;
}

/** Ready is: every broker of `brokers` answers, and says that the cluster has `members`. */
async function untilClusterReady(
  brokers: readonly string[],
  servers: readonly ServerProcess[],
  access: KafkaAccess | undefined,
  members = servers.length,
): Promise<void> {
  const ended = () => servers.find((server) => !isRunning(server));
  const watched: Watched = {
    ending: () => ended()?.ending(),
    logTail: () => (ended() ?? servers[0]!).logTail(),
  };
  const all = async () => {
    await Promise.all(brokers.map((broker) => sees(broker, access, members)));
  };
  await untilReady('Kafka', watched, all, READY_TIMEOUT_MS);
}

async function sees(broker: string, access: KafkaAccess | undefined, members: number): Promise<void> {
  const kafka = new Kafka({
    brokers: [broker],
    clientId: 'millrace-readiness',
    logLevel: logLevel.NOTHING,
    connectionTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 0 },
    // Else it logs in again where a login lasts less than its usual 10 s, in a way that brokers refuse.
    reauthenticationThreshold: 0,
    ...(access && { sasl: { mechanism: 'plain', ...access.user } }),
    // Nobody has signed it but itself.
    ssl: access?.tls ? { rejectUnauthorized: false } : false,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length < members || cluster.controller === null) {
      throw new MillraceError('KAFKA_UNAVAILABLE', `${cluster.brokers.length} of ${members} brokers are up`);
    }
  } finally {
    await admin.disconnect();
  }
}

function namedKafka(brokers: string[]): KafkaCluster {
  const refuse = async () => {
    throw new MillraceError('INVALID_ARGUMENT', `the Kafka at ${brokers.join(',')} is not ours to kill`, {
      hint: 'Call startKafka({ own: true }) where a broker is to be killed.',
    });
  };
  return { brokers, pids: [], kill: refuse, restart: refuse, logTail: () => '', stop: async () => undefined };
}
