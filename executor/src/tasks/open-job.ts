import type { OpenJobRequest } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { type JobPlan, ONLY_OUTPUT, outputsOf, PLAN_FORMAT_VERSION } from '@millrace/shared/plan';
import type { JobSpec, KafkaConnection, SourceSpec } from '@millrace/shared/spec';
import type { FetchRecords } from '../read/range-reader.ts';
import { openDeadLetterSink, openLateRowsSink, openSink } from '../sinks/open-sink.ts';
import type { Sink } from '../sinks/sink.ts';
import type { KafkaClients } from './kafka-clients.ts';

/** A job as this executor works on it: plan, sources, sinks, and the connections they need. */
export type OpenJob = {
  jobId: string;
  planHash: string;
  planJson: string;
  specJson: string;
  plan: JobPlan;
  spec: JobSpec;
  source(name: string): SourceSpec;
  fetchFrom(source: SourceSpec): FetchRecords;
  /** By the name of the output. */
  output(name: string): Sink;
  /** By source name; sources whose policy keeps no bad records have none. */
  deadLetters: Map<string, Sink>;
  /** Null: the job keeps no late rows. */
  lateRows: Sink | null;
  /** All of them. */
  sinks: Sink[];
  /** By the name within prepared outputs. */
  sink(name: string): Sink;
  close(): Promise<void>;
};

export type OpenJobDeps = { clients: KafkaClients; clock: Clock; incarnation: string };

/** Job ids become folder names. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** INVALID_ARGUMENT for what no driver of this version sends. Connects to nothing. */
export function openJob(request: OpenJobRequest, { clients, clock, incarnation }: OpenJobDeps): OpenJob {
  const { jobId, planHash, planJson, specJson, submittedMs } = request;
  if (!JOB_ID.test(jobId)) throw new MillraceError('INVALID_ARGUMENT', `'${jobId}' is not a job id`);
  const plan = parsePlan(planJson, planHash);
  const spec = JSON.parse(specJson) as JobSpec;
  const uses: { release(): Promise<void> }[] = [];
  const use = (connection: KafkaConnection) => {
    const used = clients.use(connection);
    uses.push(used);
    return used.client;
  };
  const job = { jobId, submittedMs, incarnation };
  const deps = { kafka: use, clock };
  const plans = outputsOf(plan);
  const outputs = new Map(
    spec.outputs.map(({ name, sink }) => {
      const planned = found(
        plans.find((one) => one.name === (name ?? ONLY_OUTPUT)),
        `output '${name}'`,
      );
      return [planned.name, openSink(sink, planned, job, deps)];
    }),
  );
  const deadLetters = new Map<string, Sink>();
  const fetches = new Map<string, FetchRecords>();
  for (const source of spec.sources) {
    const client = use(source.connection);
    fetches.set(source.name, async (wants, options) => (await client()).fetch(wants, options));
    const sink = openDeadLetterSink(source, job, deps);
    if (sink) deadLetters.set(source.name, sink);
  }
  const lateRows = openLateRowsSink(spec, job, deps);
  const sinks = [...outputs.values(), ...deadLetters.values(), ...(lateRows ? [lateRows] : [])];
  return {
    ...{ jobId, planHash, planJson, specJson, plan, spec, deadLetters, lateRows, sinks },
    output: (name) => found(outputs.get(name), `output '${name}'`),
    source: (name) =>
      found(
        spec.sources.find((source) => source.name === name),
        `source '${name}'`,
      ),
    fetchFrom: ({ name }) => found(fetches.get(name), `source '${name}'`),
    sink: (name) =>
      found(
        sinks.find((sink) => sink.name === name),
        `sink '${name}'`,
      ),
    close: async () => {
      await Promise.all([...sinks.map((sink) => sink.close()), ...uses.map((used) => used.release())]);
    },
  };
}

function parsePlan(json: string, hash: string): JobPlan {
  const plan = JSON.parse(json) as JobPlan;
  if (plan.formatVersion === PLAN_FORMAT_VERSION && plan.hash === hash) return plan;
  throw new MillraceError('INVALID_ARGUMENT', 'the plan is of another Millrace, or not the one that was announced', {
    hint: 'run drivers and executors of the same version',
    details: { formatVersion: plan.formatVersion, planHash: plan.hash, announced: hash },
  });
}

function found<Thing>(thing: Thing | undefined, what: string): Thing {
  if (thing !== undefined) return thing;
  throw new MillraceError('INTERNAL', `the job has no ${what}`);
}
