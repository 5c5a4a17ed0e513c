import { TASK_MAX_MS } from '../world/world.ts';
import type { Fault } from './fault.ts';

/** Of a task while lanes are slow. ms. */
const STRAGGLER_MS = 4_000;

const slowLanes: Fault = {
  weight: 2,
  begin({ world }) {
    world.lanes.taskMaxMs = STRAGGLER_MS;
    const end = () => {
      world.lanes.taskMaxMs = TASK_MAX_MS;
    };
    return { text: `tasks compute for up to ${STRAGGLER_MS} ms`, end };
  },
};

const newPartition: Fault = {
  weight: 1,
  begin(cluster) {
    cluster.addPartition();
    cluster.produce(2);
    return { text: 'the topic has another partition' };
  },
};

const moreInput: Fault = {
  weight: 2,
  begin(cluster, dice) {
    const records = dice.between(1, 8);
    cluster.produce(records);
    return { text: `${records} records arrive` };
  },
};

export const WORK_FAULTS: readonly Fault[] = [slowLanes, newPartition, moreInput];
