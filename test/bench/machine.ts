import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { DuckDBInstance } from '@duckdb/node-api';
import { Redis } from 'ioredis';
import { KAFKA_VERSION } from '../servers/maven-kafka.ts';

/** What the figures were measured on. */
export type Machine = {
  processor: string;
  cores: number;
  memoryBytes: number;
  node: string;
  kafka: string;
  redis: string;
  duckdb: string;
  date: string;
};

export async function describeMachine(redisUrl: string, nowMs: number): Promise<Machine> {
  return {
    processor: cpus()[0]?.model ?? processorModel(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    // Of the Kafka that is started; one named by MILLRACE_KAFKA may be another.
    kafka: process.env.MILLRACE_KAFKA ? 'as named by MILLRACE_KAFKA' : KAFKA_VERSION,
    redis: await redisVersion(redisUrl),
    duckdb: await duckdbVersion(),
    date: new Date(nowMs).toISOString().slice(0, 10),
  };
}

function processorModel(): string {
  return /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}

async function duckdbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const [row] = (await connection.runAndReadAll('SELECT version()')).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return String(row?.[0]);
}
