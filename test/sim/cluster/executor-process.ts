import { type Executor, startExecutor } from '@millrace/executor';
import { SCRATCH } from '../world/file-system.ts';
import type { World } from '../world/world.ts';
import type { CompiledShape } from './job-shape.ts';
import { openSimulatedLane } from './lane.ts';
import { noMetrics, quietLogger } from './silence.ts';

export const EXECUTOR_PORT = 8000;
const LANES = 2;
const DRAIN_MS = 5_000;

/** An executor process, as executor/src/main.ts puts it together, on the edges of the world. */
export function startSimulatedExecutor(
  world: World,
  host: string,
  { shape }: CompiledShape,
  drivers: string[],
): Promise<Executor> {
  const { process, edges } = world.enter(host);
  const { clock, random, transport, kafka, store } = edges;
  const { scheduler, dice, files, lanes } = world;
  const lane = { process, scheduler, dice, files, pace: lanes, shape };
  return startExecutor(
    {
      ...{ drivers, executorId: host, listen: { host, port: EXECUTOR_PORT }, advertise: null, lanes: LANES },
      ...{ laneMemoryMaxBytes: 2 ** 20, prefetchMaxBytes: 2 ** 20, scratchBase: `${SCRATCH}/${host}` },
      ...{ drainTimeoutMs: DRAIN_MS, health: null },
    },
    {
      ...{ clock, random, transport, blobs: store.blobs, metrics: noMetrics() },
      log: quietLogger((line) => world.log(process, line)),
      connectKafka: async () => kafka,
      openLane: ({ scratchDir }) => openSimulatedLane(lane, scratchDir),
      process: { pid: 1, isAlive: () => true, residentBytes: () => 0 },
    },
  );
}
