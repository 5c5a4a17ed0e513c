export { freePort, freePorts } from './free-port.ts';
export { type KafkaCluster, type KafkaOptions, startKafka } from './kafka.ts';
export { kafkaTool } from './kafka-tool.ts';
export { POSTGRES_PASSWORD, type PostgresServer, startPostgres } from './postgres.ts';
export { REDIS_CONFIG, type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { createServerFolder, removeServerFolder } from './server-folder.ts';
export { type ServerCommand, type ServerProcess, startServerProcess } from './server-process.ts';
export { type SharedServers, sharedServers } from './shared.ts';
