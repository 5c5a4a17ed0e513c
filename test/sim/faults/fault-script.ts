import type { Cluster } from '../cluster/cluster.ts';
import { CALM } from '../world/network.ts';
import type { Dice } from '../world/random.ts';
import { TASK_MAX_MS } from '../world/world.ts';
import { FAULT_MAX_MS, type Fault } from './fault.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { POINT_FAULTS } from './point-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { healServers, SERVER_FAULTS } from './server-faults.ts';
import { WORK_FAULTS } from './work-faults.ts';

const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...POINT_FAULTS,
  ...NETWORK_FAULTS,
  ...SERVER_FAULTS,
  ...WORK_FAULTS,
];

/** Faults of one seed; many of them have an end of their own. */
const FAULTS_MAX = 12;
/** They fall into this. ms. */
const FAULTS_WITHIN_MS = 6_000;
/** Mean time between records. ms. */
const INPUT_EVERY_MS = [200, 600, 1_200];

/** Schedules what goes wrong in a seed. Gives when it ends: then everything is healed, and the last input arrives. */
export function scheduleFaults(cluster: Cluster, dice: Dice): { healedMs: number } {
  const { scheduler, tell } = cluster.world;
  scheduleInput(cluster, dice);
  const kinds = dice.between(2, FAULTS.length);
  // A seed with few kinds of fault has more of each: what only two kinds do together is then met more often.
  const chosen = Array.from({ length: kinds }, () => weighted(FAULTS, dice));
  const count = dice.between(1, FAULTS_MAX);
  for (let i = 0; i < count; i++) {
    scheduler.after(dice.random() * FAULTS_WITHIN_MS, null, 'fault', () => {
      const trouble = weighted(chosen, dice).begin(cluster, dice);
      if (!trouble) return;
      tell(trouble.text);
      const { end, text } = trouble;
      if (!end) return;
      scheduler.after(dice.random() * FAULT_MAX_MS, null, 'fault ends', () => {
        tell(`over: ${text}`);
        end();
      });
    });
  }
  scheduler.after(FAULTS_WITHIN_MS, null, 'heal', () => {
    tell('everything is healed');
    heal(cluster);
    cluster.produce(dice.between(1, 8));
  });
  return { healedMs: FAULTS_WITHIN_MS };
}

/** Records come all the while, so that whatever goes wrong goes wrong within a batch. */
function scheduleInput(cluster: Cluster, dice: Dice): void {
  const everyMs = dice.oneOf(INPUT_EVERY_MS);
  const { scheduler } = cluster.world;
  const next = () => {
    if (scheduler.nowMs() > FAULTS_WITHIN_MS) return;
    cluster.produce(dice.between(1, 3));
    scheduler.after(dice.random() * 2 * everyMs, null, 'input', next);
  };
  next();
}

/** Each as often as it weighs. */
function weighted(faults: readonly Fault[], dice: Dice): Fault {
  return dice.oneOf(faults.flatMap((fault) => new Array<Fault>(fault.weight).fill(fault)));
}

function heal(cluster: Cluster): void {
  const { network, lanes } = cluster.world;
  network.heal();
  network.weather = { ...CALM };
  lanes.taskMaxMs = TASK_MAX_MS;
  healServers(cluster);
  for (const node of [...cluster.drivers, ...cluster.executors]) {
    node.resume();
    node.start();
  }
}
