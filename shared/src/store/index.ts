export type * from './blob-store.ts';
export type * from './commit-store.ts';
export type * from './leader-store.ts';
export { createMemoryLeaderStore } from './memory/memory-leader-store.ts';
export { createMemoryStore } from './memory/memory-store.ts';
export * from './records.ts';
export type { RedisStoreOptions, StoreDependencies, StoreLogger } from './redis/redis-connection.ts';
export { openRedisBlobStore, openRedisStore, type RedisStore } from './redis/redis-store.ts';
export type { StoreWarning } from './redis/store-safety.ts';
