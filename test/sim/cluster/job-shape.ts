import type {
  JobPlan,
  Operator,
  OutputPlan,
  ShuffleOutput,
  SourceInput,
  Stage,
  StateTable,
} from '@millrace/shared/plan';
import { ONLY_OUTPUT, PLAN_FORMAT_VERSION } from '@millrace/shared/plan';
import { type JobSpec, parseSpec } from '@millrace/shared/spec';
import { SHARED } from '../world/file-system.ts';

/** What a simulated job computes, where its output goes, and how its input is cut. */
export type JobShape = {
  /**
   * `totals`: count and sum per key. `relayed`: the same, and its rows are shuffled once more into a state of their own. `windows`:
   * per key and window, once the window is over. `filter`: no state.
   */
  query: 'totals' | 'relayed' | 'windows' | 'filter';
  /** Each has an output of its own, with the same rows. */
  sinks: SimulatedSink[];
  trigger: 'asap' | '400ms';
  /** Offsets that a record takes. Many make a few records a large batch: many tasks, and state in every lane. */
  stride: number;
};

/** `transactions` and `produce`: Kafka, exactly once and at least once. */
export type SimulatedSink = 'file' | 'transactions' | 'produce';

/** What jobs are made of. */
export const SINK_CHOICES: SimulatedSink[][] = [['file'], ['transactions'], ['produce'], ['file', 'transactions']];

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

/** Operators with state, in the order in which they run. */
export const operatorsOf = ({ query }: JobShape): string[] => {
  if (query === 'filter') return [];
  return query === 'relayed' ? ['totals', 'latest'] : ['totals'];
};

export const stateTableOf = (operatorId: string): string => `${operatorId}_state`;
export const pendingTableOf = (operatorId: string): string => `${operatorId}_pending`;

/** The statements are no SQL: the lane of the simulation knows what they stand for. */
const stateOf = (operatorId: string, evict: StateTable['evict']): StateTable => ({
  table: stateTableOf(operatorId),
  columns: [],
  kind: 'keyed',
  keyColumns: [],
  goneSql: null,
  pendingRelation: pendingTableOf(operatorId),
  evict: evict && { ...evict, sql: `EVICT ${operatorId}` },
  adopt: [`ADOPT ${operatorId}`],
  compact: null,
  nextExpiry: null,
  snapshot: '',
});

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
} as const satisfies Record<SimulatedSink, string>;

function specTextOf({ query, sinks, trigger, stride }: JobShape): string {
  const output = (sink: SimulatedSink) =>
    `query: SELECT key FROM ${SOURCE}, sink: ${SINKS[sink]}, outputMode: ${modeOf(query)}`;
  const outputs = sinks.map((sink) => `${nameOf(sink, sinks)}: { ${output(sink)} }`);
  return `
name: ${JOB}
sources:
  ${SOURCE}:
    type: kafka
    brokers: kafka:9092
    topic: ${TOPIC}
    columns: { key: VARCHAR, value: BIGINT, at: epoch_ms }
    ${query === 'windows' ? `watermark: { column: at, delay: ${DELAY}, idleTimeout: 3s }` : ''}
outputs: { ${outputs.join(', ')} }
trigger: ${trigger}
limits: { recordsPerBatch: ${BATCH_RECORDS_MAX * stride} }
restart: { failures: 1000, backoff: 100ms, backoffMax: 1s }
`;
}

/** The only one is called as in a job that names none. */
export const nameOf = (sink: SimulatedSink, sinks: readonly SimulatedSink[]): string =>
  sinks.length === 1 ? ONLY_OUTPUT : sink;

const modeOf = (query: JobShape['query']) => (query === 'totals' || query === 'relayed' ? 'update' : 'append');

function planOf(shape: JobShape): JobPlan {
  const { query, sinks } = shape;
  const names = sinks.map((sink) => nameOf(sink, sinks));
  const operator = (id: string, state: StateTable | null): Operator => ({
    ...{ id, kind: id, description: id, statements: [], counters: [], lateRows: null, state },
  });
  const source: SourceInput = { kind: 'source', source: SOURCE, relation: 'input', readOnce: true, eventTimeSql: null };
  const evict = query === 'windows' ? { sql: '', everyMs: WINDOW_MS } : null;
  const operators = [operator('map', null), ...operatorsOf(shape).map((id) => operator(id, stateOf(id, evict)))];
  const stages = operators.map(({ id, ...rest }, index): Stage => {
    const before = operators[index - 1];
    const shuffle: ShuffleOutput = { kind: 'shuffle', id: `of-${id}`, relation: id, columns: [] };
    return {
      id,
      inputs: before ? [{ kind: 'shuffle', shuffles: [`of-${before.id}`], relation: 'blocks', columns: [] }] : [source],
      operators: [{ id, ...rest }],
      outputs:
        index === operators.length - 1 ? names.map((name) => ({ kind: 'sink', sql: '', output: name })) : [shuffle],
    };
  });
  const output: OutputPlan = { columns: [], keyColumns: [], mode: modeOf(query) };
  return {
    formatVersion: PLAN_FORMAT_VERSION,
    hash: Object.values(shape).join('-'),
    statePartitions: STATE_PARTITIONS,
    sources: [],
    tables: [],
    stages,
    output,
    ...(names.length > 1 && { outputs: names.map((name) => ({ name, ...output })) }),
    warnings: [],
  };
}
