import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUERIES } from '../../examples/nexmark/queries.ts';
import type { Machine } from '../bench/machine.ts';
import type { NexmarkOptions } from './nexmark-options.ts';
import type { QueryResult } from './run-query.ts';

/** What a run was asked for, as far as figures depend on it. */
export type RunSettings = Pick<
  NexmarkOptions,
  'events' | 'checkEvents' | 'eventsPerSecond' | 'disorderMaxMs' | 'seed' | 'partitions'
>;

export type NexmarkResults = { machine: Machine; settings: RunSettings; queries: readonly QueryResult[] };

const FILE = join(import.meta.dirname, '../../examples/nexmark/results.json');
/** Further digits are noise. */
const DECIMALS = 3;

/** Queries that were not run keep what they had. */
export function writeResults(results: NexmarkResults): NexmarkResults {
  const before = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as NexmarkResults).queries : [];
  const queries = QUERIES.flatMap(({ name }) => {
    const isOf = ({ query }: QueryResult) => query === name;
    return results.queries.find(isOf) ?? before.find(isOf) ?? [];
  });
  const all = { ...results, queries };
  writeFileSync(FILE, `${resultsText(all)}\n`);
  return all;
}

export function resultsText(results: NexmarkResults): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(value > 100 ? 0 : DECIMALS)) : value;
  return JSON.stringify(results, rounded, 2);
}

export function settingsOf(options: NexmarkOptions): RunSettings {
  const { events, checkEvents, eventsPerSecond, disorderMaxMs, seed, partitions } = options;
  return { events, checkEvents, eventsPerSecond, disorderMaxMs, seed, partitions };
}
