import type { Cluster } from '../cluster/cluster.ts';
import { HEALTHY, type ServerHealth } from '../world/server-link.ts';
import type { Fault } from './fault.ts';

type Servers = { name: string; health: ServerHealth }[];

const serversOf = ({ world }: Cluster): Servers => [
  { name: 'the store', health: world.store.server.health },
  { name: 'Kafka', health: world.kafka.server.health },
  { name: 'the folder of the sink', health: world.sharedFolder },
];

function sick(weight: number, text: string, symptoms: Partial<ServerHealth>): Fault {
  return {
    weight,
    begin(cluster, dice) {
      const { name, health } = dice.oneOf(serversOf(cluster));
      Object.assign(health, symptoms);
      return { text: `${name} ${text}`, end: () => void Object.assign(health, HEALTHY) };
    },
  };
}

/** The store tells every driver that it leads. */
const fight: Fault = {
  weight: 4,
  begin({ world, drivers }) {
    if (drivers.length < 2) return null;
    world.store.everyoneLeads = true;
    const end = () => {
      world.store.everyoneLeads = false;
    };
    return { text: 'every driver is told that it leads', end };
  },
};

/** As when the end of a batch took too long. */
const expiry: Fault = {
  weight: 3,
  begin({ world }) {
    world.kafka.expireTransactions();
    return { text: 'open transactions expire' };
  },
};

export const SERVER_FAULTS: readonly Fault[] = [
  sick(3, 'does not answer', { down: true }),
  sick(3, 'loses answers', { lostAnswerProbability: 0.3 }),
  sick(2, 'refuses some steps', { refuseProbability: 0.3 }),
  // Past what a client waits for an answer: steps are taken that everyone believes lost.
  sick(2, 'is slow', { slowMs: 400 }),
  sick(1, 'is so slow that nobody waits for it', { slowMs: 2_000 }),
  ...[fight, expiry],
];

export function healServers(cluster: Cluster): void {
  for (const { health } of serversOf(cluster)) Object.assign(health, HEALTHY);
  cluster.world.store.everyoneLeads = false;
}
