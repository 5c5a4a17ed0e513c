import type { Cluster } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import type { Dice } from '../world/random.ts';
import type { Fault } from './fault.ts';

/** Steps of drivers around which everything turns: just taken by the store, or about to be asked of an executor. */
const DRIVER_POINTS = [
  ...[
    'takeOver taken',
    'setStatus taken',
    'logOffsets taken',
    'commit taken',
    'amendOutputs taken',
    'markPublished taken',
  ],
  ...['remove taken'],
  ...['OpenJob', 'RunTask', 'Publish', 'FinishBatch', 'AbortBatch'],
];
/** … and of executors: state stored, output written, an answer about to leave. */
const EXECUTOR_POINTS = [
  ...['put taken', 'get taken', 'produce taken', 'endTransaction taken', 'file step taken'],
  ...['OpenJob answered', 'RunTask answered', 'Publish answered', 'FinishBatch answered', 'FetchBlock answered'],
];
/** The trap springs at one of the first times that somebody comes by. */
const PASSES_MAX = 4;
/** Of a process that dies there to be started again, and of one that is stopped there to go on. ms. */
const RESTART_MAX_MS = 3_000;
const PAUSE_MAX_MS = 9_000;

type Ending = { text: string; apply(cluster: Cluster, node: Node, dice: Dice): void };

const ENDINGS: readonly Ending[] = [
  { text: 'crashes', apply: (_cluster, node, dice) => node.crash(dice.between(0, RESTART_MAX_MS)) },
  {
    text: 'is paused',
    apply({ world }, node, dice) {
      node.pause();
      world.scheduler.after(dice.between(1, PAUSE_MAX_MS), null, 'pause ends', node.resume);
    },
  },
];

/** Something stops at the very moment at which it hurts most. */
function atPoint(which: (cluster: Cluster) => Node[], points: readonly string[], weight: number): Fault {
  return {
    weight,
    begin(cluster, dice) {
      const { world } = cluster;
      const point = dice.oneOf(points);
      const ending = dice.oneOf(ENDINGS);
      let passes = dice.between(1, PASSES_MAX);
      const nodeOf = (host: string) => which(cluster).find((node) => node.host === host);
      const isIt = (what: string, host: string) => what === point && nodeOf(host) !== undefined && --passes === 0;
      const end = world.points.trap(
        ({ what, process }) => isIt(what, process.host),
        ({ host }) => {
          world.tell(`${host} ${ending.text} at "${point}"`);
          ending.apply(cluster, nodeOf(host)!, dice);
        },
      );
      return { text: `whoever reaches "${point}" for the ${passes}. time ${ending.text}`, end };
    },
  };
}

export const POINT_FAULTS: readonly Fault[] = [
  atPoint((cluster) => cluster.drivers, DRIVER_POINTS, 14),
  atPoint((cluster) => cluster.executors, EXECUTOR_POINTS, 14),
];
