import type { Clock, Random } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { Transport } from '@millrace/shared/rpc';
import { forbidAmbient } from './ambient.ts';
import { mountFiles } from './file-system.ts';
import { createFiles, type Files } from './files.ts';
import { createSimulatedKafka, type SimulatedKafka } from './kafka.ts';
import { createNetwork, type Network } from './network.ts';
import { createPoints, type Points } from './points.ts';
import { type Dice, diceOver, seededRandom, subSeed } from './random.ts';
import { createScheduler, type Process, runningProcess, type Scheduler } from './scheduler.ts';
import { linkTo, type ServerHealth } from './server-link.ts';
import { createSimulatedStore, type SimulatedStore, type StoreListeners } from './store.ts';

/** What a process finds around it. */
export type Edges = {
  clock: Clock;
  random: Random;
  transport: Transport;
  kafka: KafkaClient;
  store: ReturnType<SimulatedStore['seenBy']>;
};

export type LogLine = { level: string; message: string; code: string | undefined };

/** Everything outside of the processes, all of it decided by the seed. */
export type World = {
  scheduler: Scheduler;
  dice: Dice;
  network: Network;
  points: Points;
  store: SimulatedStore;
  kafka: SimulatedKafka;
  files: Files;
  /** Of the folder that sinks share. */
  sharedFolder: ServerHealth;
  /** How long tasks compute at most. */
  lanes: { taskMaxMs: number };
  /** Runs `start` in a new process of this host. */
  spawn<Started>(host: string, start: () => Promise<Started>): { process: Process; started: Promise<Started> };
  /** The edges of the process that runs now. */
  enter(host: string): { process: Process; edges: Edges };
  kill(process: Process): void;
  /** For the script of the seed. */
  tell(text: string): void;
  log(process: Process, line: LogLine): void;
};

export type WorldListeners = StoreListeners & {
  onLog(process: Process, line: LogLine): void;
  onEvent?(line: string): void;
  tell(text: string): void;
};

/** Of a task on a lane that is not slow. */
export const TASK_MAX_MS = 30;

export function createWorld(seed: number, { onLog, onEvent, tell, ...listeners }: WorldListeners): World {
  forbidAmbient();
  const scheduler = createScheduler(onEvent);
  const dice = diceOver(seededRandom(subSeed(seed, 1)));
  const points = createPoints();
  const network = createNetwork(scheduler, dice, points);
  const store = createSimulatedStore(scheduler, listeners);
  const kafka = createSimulatedKafka(scheduler, network, dice);
  const { files, shared } = mountFiles(createFiles(), { scheduler, dice, points });

  function edgesOf(process: Process): Edges {
    const link = (server: typeof store.server) => linkTo(server, process, { scheduler, network, points, dice });
    return {
      clock: scheduler.clockOf(process),
      random: dice.random,
      transport: network.transportOf(process),
      kafka: kafka.clientOf(process, link(kafka.server)),
      store: store.seenBy(process, link(store.server)),
    };
  }

  return {
    ...{ scheduler, dice, network, points, store, kafka, files, tell },
    sharedFolder: shared,
    lanes: { taskMaxMs: TASK_MAX_MS },
    spawn<Started>(host: string, start: () => Promise<Started>) {
      const process = scheduler.process(host);
      const started = new Promise<Started>((resolve, reject) =>
        scheduler.after(0, process, 'start', () => void start().then(resolve, reject)),
      );
      return { process, started };
    },
    enter(host) {
      const process = runningProcess();
      if (process?.host !== host) throw new Error(`${host} is not running`);
      return { process, edges: edgesOf(process) };
    },
    kill(process) {
      scheduler.kill(process);
      network.reset(process);
    },
    log: onLog,
  };
}
