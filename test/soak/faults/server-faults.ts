import { AWAY_MAX_MS, type Fault, SERVERS, type Surroundings, type Trouble } from './fault.ts';

type Server = { kill(): Promise<void>; restart(): Promise<void> };

/** Killed, and started again on the data it had. */
function restart({ dice, serversIdle, wait }: Surroundings, name: string, server: Server): Trouble | null {
  if (!serversIdle) return null;
  const awayMs = dice.between(0, AWAY_MAX_MS);
  return {
    text: `${name} is killed and started again after ${awayMs} ms`,
    touches: [SERVERS],
    run: async () => {
      await server.kill();
      await wait(awayMs);
      await server.restart();
    },
  };
}

export const SERVER_FAULTS: readonly Fault[] = [
  { kind: 'Redis restarted', weight: 3, begin: (at) => restart(at, 'Redis', at.cluster.redis) },
  { kind: 'Kafka restarted', weight: 2, begin: (at) => restart(at, 'Kafka', at.cluster.kafkaServer) },
];
