export * from './health-server.ts';
export * from './metrics.ts';
