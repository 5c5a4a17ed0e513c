import type { JobPlan, Operator, ShuffleInput, SourceInput, StateTable } from '@millrace/shared/plan';
import { PLAN_FORMAT_VERSION } from '@millrace/shared/plan';
import { type JobSpec, parseSpec } from '@millrace/shared/spec';
import { SHARED } from '../world/file-system.ts';

/** What a simulated job computes, where its output goes, and how its input is cut. */
export type JobShape = {
  /** `totals`: count and sum per key. `windows`: the same per key and window, once the window is over. `filter`: no state. */
  query: 'totals' | 'windows' | 'filter';
  /** `transactions` and `produce`: Kafka, exactly once and at least once. */
  sink: 'file' | 'transactions' | 'produce';
  trigger: 'asap' | '400ms';
  /** Offsets that a record takes. Many make a few records a large batch: many tasks, and state in every lane. */
  stride: number;
};

export const JOB = 'job';
export const SOURCE = 'events';
export const TOPIC = 'events';
export const OUTPUT_TOPIC = 'totals';
export const OUTPUT_FOLDER = `${SHARED}/out`;

/** Few, so that a seed is cheap; more than the lanes of a simulated cluster. */
export const STATE_PARTITIONS = 8;
/** Of `windows`, and what a watermark stays behind the events. */
export const WINDOW_MS = 2_000;
const DELAY = '1s';
/** Records of one batch at most, so that a few records are several batches. */
const BATCH_RECORDS_MAX = 6;

const STATE: StateTable = {
  table: 'state',
  columns: [],
  keyColumns: [],
  pendingRelation: 'pending',
  evict: null,
  // Names, not SQL: the lane of the simulation knows what they stand for.
  adopt: ['ADOPT'],
  nextExpiry: null,
  snapshot: '',
};

export const EVICT = 'EVICT';

export type CompiledShape = { shape: JobShape; specText: string; spec: JobSpec; plan: JobPlan };

/** Spec and plan as the driver hands them about. The plan's statements mean something to the simulated lane alone. */
export function compileShape(shape: JobShape): CompiledShape {
  const specText = specTextOf(shape);
  const parsed = parseSpec(specText, 'job.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return { shape, specText, spec: parsed.spec, plan: planOf(shape) };
}

const TOPIC_SINK = `type: kafka, brokers: "kafka:9092", topic: ${OUTPUT_TOPIC}`;
/** A transaction that waits for a restart, a takeover or a lost answer may expire meanwhile. */
const SINKS = {
  file: `{ type: file, path: ${OUTPUT_FOLDER} }`,
  transactions: `{ ${TOPIC_SINK}, transactionTimeout: 2s }`,
  produce: `{ ${TOPIC_SINK}, delivery: atLeastOnce }`,
} as const satisfies Record<JobShape['sink'], string>;

function specTextOf({ query, sink, trigger, stride }: JobShape): string {
  return `
name: ${JOB}
sources:
  ${SOURCE}:
    type: kafka
    brokers: kafka:9092
    topic: ${TOPIC}
    columns: { key: VARCHAR, value: BIGINT, at: epoch_ms }
    ${query === 'windows' ? `watermark: { column: at, delay: ${DELAY}, idleTimeout: 3s }` : ''}
query: SELECT key FROM ${SOURCE}
sink: ${SINKS[sink]}
outputMode: ${query === 'totals' ? 'update' : 'append'}
trigger: ${trigger}
limits: { recordsPerBatch: ${BATCH_RECORDS_MAX * stride} }
restart: { failures: 1000, backoff: 100ms, backoffMax: 1s }
`;
}

function planOf({ query, ...shape }: JobShape): JobPlan {
  const operator = (id: string, state: StateTable | null): Operator => ({
    ...{ id, kind: id, description: id, statements: [], counters: [], lateRows: null, state },
  });
  const source: SourceInput = { kind: 'source', source: SOURCE, relation: 'input', readOnce: true, eventTimeSql: null };
  const sink = { kind: 'sink', sql: '' } as const;
  const evict = query === 'windows' ? { sql: EVICT, everyMs: WINDOW_MS } : null;
  const map = { id: 'map', input: source, operators: [operator('partial', null)] };
  const input: ShuffleInput = { kind: 'shuffle', fromStage: 'map', relation: 'blocks', columns: [] };
  const reduce = {
    id: 'reduce',
    input,
    operators: [operator('totals', { ...STATE, evict })],
    output: sink,
  };
  const shuffle = { kind: 'shuffle', relation: 'partial' } as const;
  return {
    formatVersion: PLAN_FORMAT_VERSION,
    hash: [query, ...Object.values(shape)].join('-'),
    statePartitions: STATE_PARTITIONS,
    sources: [],
    stages: query === 'filter' ? [{ ...map, output: sink }] : [{ ...map, output: shuffle }, reduce],
    output: { columns: [], keyColumns: [], mode: query === 'totals' ? 'update' : 'append' },
    warnings: [],
  };
}
