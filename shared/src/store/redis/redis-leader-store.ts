import type { LeaderStore } from '../leader-store.ts';
import type { RedisConnection } from './redis-connection.ts';
import { runScript } from './script-runner.ts';

export function redisLeaderStore({ client, keys, write }: RedisConnection): LeaderStore {
  const { leader, terms } = keys;
  return {
    async lead({ incarnation, address, seat }, leaseMs) {
      const reply = await write(leader, () =>
        runScript(client, 'lead', [leader, terms], [incarnation, address, seat, leaseMs]),
      );
      const [, ...fields] = reply.map(String) as [string, string, string, string, string];
      return { incarnation: fields[0], address: fields[1], seat: fields[2], term: Number(fields[3]) };
    },
    async resign(incarnation) {
      await write(leader, () => runScript(client, 'resign', [leader], [incarnation]));
    },
  };
}
