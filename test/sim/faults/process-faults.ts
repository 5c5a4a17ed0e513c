import type { Cluster } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import type { Dice } from '../world/random.ts';
import { type Fault, type Trouble, upOf, victimOf } from './fault.ts';

type Which = (cluster: Cluster) => Cluster['drivers'];
const executors: Which = (cluster) => cluster.executors;
const drivers: Which = (cluster) => cluster.drivers;

/** More machines than this only make a seed slower. */
const EXECUTORS_MAX = 5;
/** A supervisor starts a process again after some of this. ms. */
const RESTART_MAX_MS = 3_000;
/** Clocks jump by up to a day, forth or back. ms. */
const JUMP_MAX_MS = 86_400_000;

/** What happens to one of those that run. */
function happensTo(which: Which, weight: number, begin: (node: Node, dice: Dice) => Trouble): Fault {
  return {
    weight,
    begin(cluster, dice) {
      const node = victimOf(which(cluster), dice);
      return node && begin(node, dice);
    },
  };
}

const crash = (which: Which, weight: number): Fault =>
  happensTo(which, weight, (node, dice) => {
    const restartMs = dice.between(0, RESTART_MAX_MS);
    node.crash(restartMs);
    return { text: `${node.host} crashes, and is started again after ${restartMs} ms` };
  });

/** A zombie: it comes back believing that no time has passed. */
const pause = (which: Which, weight: number): Fault =>
  happensTo(which, weight, (node) => {
    node.pause();
    return { text: `${node.host} is paused`, end: node.resume };
  });

const stop = (which: Which, weight: number): Fault =>
  happensTo(which, weight, (node, dice) => {
    const restartMs = dice.between(0, RESTART_MAX_MS);
    node.stop(restartMs);
    return { text: `${node.host} is told to end, and is started again ${restartMs} ms after it has` };
  });

const leave: Fault = {
  weight: 1,
  begin({ executors: nodes }, dice) {
    const node = victimOf(nodes, dice);
    if (!node || upOf(nodes).length < 2) return null;
    node.stop(null);
    return { text: `${node.host} leaves`, end: node.start };
  },
};

const join: Fault = {
  weight: 2,
  begin(cluster) {
    if (cluster.executors.length >= EXECUTORS_MAX) return null;
    return { text: `${cluster.addExecutor().host} joins` };
  },
};

/** Wall clocks say nothing about leases, whatever they show. */
const clockJump: Fault = {
  weight: 1,
  begin({ drivers: leaders, executors: others }, dice: Dice) {
    const process = victimOf([...leaders, ...others], dice)?.process();
    if (!process) return null;
    const ms = dice.between(-JUMP_MAX_MS, JUMP_MAX_MS);
    process.skewMs += ms;
    return { text: `the clock of ${process.host} jumps by ${ms} ms` };
  },
};

/** All at once, as when the power fails. */
const blackout: Fault = {
  weight: 1,
  begin(cluster, dice) {
    const nodes = dice.chance(0.5) ? cluster.executors : [...cluster.drivers, ...cluster.executors];
    for (const node of nodes) node.crash(dice.between(0, RESTART_MAX_MS));
    return { text: `${nodes.map(({ host }) => host).join(', ')} crash at once` };
  },
};

export const PROCESS_FAULTS: readonly Fault[] = [
  ...[crash(executors, 5), pause(executors, 4), stop(executors, 2)],
  ...[crash(drivers, 4), pause(drivers, 4), stop(drivers, 1)],
  ...[leave, join, clockJump, blackout],
];
