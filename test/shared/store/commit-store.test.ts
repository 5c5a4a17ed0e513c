import { createMemoryStore } from '@millrace/shared/store';
import { commitStoreContract } from './commit-store-contract.ts';
import { redisForTest } from './redis/redis-for-test.ts';

commitStoreContract('memory', async () => createMemoryStore().commits);
commitStoreContract('Redis', async (t) => (await (await redisForTest(t)).open()).commits);
