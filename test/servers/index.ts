export { type KafkaCluster, type KafkaOptions, startKafka } from './kafka.ts';
export { REDIS_CONFIG, type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { type SharedServers, sharedServers } from './shared.ts';
