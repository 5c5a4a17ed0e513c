import { createMemoryStore } from '@millrace/shared/store';
import { blobStoreContract } from './blob-store-contract.ts';
import { redisForTest } from './redis/redis-for-test.ts';

blobStoreContract('memory', async () => createMemoryStore().blobs);
blobStoreContract('Redis', async (t) => (await (await redisForTest(t)).open()).blobs);
