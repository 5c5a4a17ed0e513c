import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HotKeysResult } from './experiments/hot-keys.ts';
import type { KafkaToKafkaResult } from './experiments/kafka-to-kafka.ts';
import type { LatencyResult } from './experiments/latency.ts';
import type { MemoryResult } from './experiments/memory.ts';
import type { RecoveryResult } from './experiments/recovery.ts';
import type { RestoreResult } from './experiments/restore.ts';
import type { StateSizeResult } from './experiments/state-size.ts';
import type { ThroughputResult } from './experiments/throughput.ts';
import type { Machine } from './machine.ts';

/** Contents of results.json. Experiments that were not run again keep their figures. */
export type Results = {
  machine?: Machine;
  windowed?: ThroughputResult;
  windowedSparse?: ThroughputResult;
  stateless?: ThroughputResult;
  kafkaToKafka?: KafkaToKafkaResult;
  kafkaToKafkaAtLeastOnce?: KafkaToKafkaResult;
  latency?: LatencyResult;
  latencyAtLeastOnce?: LatencyResult;
  recovery?: RecoveryResult;
  memory?: MemoryResult;
  stateSize?: StateSizeResult;
  restore?: RestoreResult;
  hotKeys?: HotKeysResult;
};

const FILE = join(import.meta.dirname, 'results.json');
/** Further digits are noise. */
const DECIMALS = 3;

export function readResults(): Results {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Results) : {};
}

export function writeResults(results: Results): void {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(value > 100 ? 0 : DECIMALS)) : value;
  writeFileSync(FILE, `${JSON.stringify(results, rounded, 2)}\n`);
}
