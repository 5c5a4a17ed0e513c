import { systemClock } from '@millrace/shared/clock';
import { createMemoryLeaderStore } from '@millrace/shared/store';
import { leaderStoreContract } from './leader-store-contract.ts';
import { redisForTest } from './redis/redis-for-test.ts';

leaderStoreContract('memory', async () => createMemoryLeaderStore(systemClock));
leaderStoreContract('Redis', async (t) => (await (await redisForTest(t)).open()).leaders);
