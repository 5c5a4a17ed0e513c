import { jobId } from '@millrace/shared/ids';
import { HASH_VERSION } from '@millrace/shared/plan';
import { RECORD_VERSION } from '@millrace/shared/store';
import type { World } from '../world/world.ts';
import { DRIVER_PORT, startSimulatedDriver } from './driver-process.ts';
import { startSimulatedExecutor } from './executor-process.ts';
import { type CompiledShape, JOB, STATE_PARTITIONS, TOPIC } from './job-shape.ts';
import { createNode, type Node, type Role } from './node.ts';

/** Drivers, executors and one job, with input that grows. */
export type Cluster = {
  world: World;
  drivers: Node[];
  executors: Node[];
  /** A machine that was not there before. */
  addExecutor(): Node;
  produce(records: number): void;
  addPartition(): void;
};

export type ClusterSize = { drivers: number; executors: number; partitions: number };

/** A topic or a cluster larger than this makes seeds slow and finds nothing more. */
const PARTITIONS_MAX = 6;
const KEYS = ['ann', 'bob', 'cid', 'dee', 'eve', 'fay', 'gus'];
/** Events come up to so late, and up to so early. ms. */
const EVENT_SPREAD_MS = 3_000;

export async function createCluster(world: World, job: CompiledShape, size: ClusterSize): Promise<Cluster> {
  const { dice, kafka, scheduler, store } = world;
  const addresses = Array.from({ length: size.drivers }, (_, index) => `d${index + 1}:${DRIVER_PORT}`);
  kafka.createTopic(TOPIC, size.partitions);
  await store.commits.createJob(recordOf(job));

  const driverNode = (address: string) => {
    const host = address.split(':')[0]!;
    return createNode(world, host, async (): Promise<Role> => {
      const failed = Promise.withResolvers<unknown>();
      const { stop } = await startSimulatedDriver(world, host, job, failed.resolve);
      return { stop, failed: failed.promise };
    });
  };
  const executorNode = (index: number) => {
    const host = `e${index + 1}`;
    return createNode(world, host, async (): Promise<Role> => {
      const executor = await startSimulatedExecutor(world, host, job, addresses);
      const failed = executor.ended.then((error) => (error === null ? new Promise(() => {}) : error));
      return { stop: executor.drain, failed };
    });
  };
  const cluster: Cluster = {
    world,
    drivers: addresses.map(driverNode),
    executors: Array.from({ length: size.executors }, (_, index) => executorNode(index)),
    addExecutor() {
      const node = executorNode(cluster.executors.length);
      cluster.executors.push(node);
      node.start();
      return node;
    },
    produce(records) {
      const partitions = kafka.partitions(TOPIC).length;
      for (let i = 0; i < records; i++) {
        const eventMs = Math.max(0, scheduler.nowMs() + dice.between(-EVENT_SPREAD_MS, EVENT_SPREAD_MS));
        const record = { key: dice.oneOf(KEYS), value: dice.between(1, 100), eventMs: Math.floor(eventMs) };
        kafka.append(TOPIC, dice.between(0, partitions - 1), record, job.shape.stride);
      }
    },
    addPartition() {
      if (kafka.partitions(TOPIC).length < PARTITIONS_MAX) kafka.addPartition(TOPIC);
    },
  };
  for (const node of [...cluster.drivers, ...cluster.executors]) node.start();
  return cluster;
}

function recordOf({ specText, plan }: CompiledShape) {
  return {
    version: RECORD_VERSION,
    jobId: jobId(JOB),
    specText,
    fileName: 'job.yaml',
    planHash: plan.hash,
    hashVersion: HASH_VERSION,
    statePartitions: STATE_PARTITIONS,
    submittedMs: 0,
    status: { desired: 'running', observed: 'starting', failureJson: null },
  } as const;
}
