import type { DuckDBConnection } from '@duckdb/node-api';
import { toMillraceError } from '@millrace/shared/errors';
import { problemsOf } from '@millrace/shared/spec';
import type { NexmarkQuery, QueryName } from '../../examples/nexmark/queries.ts';
import { startEngine } from '../bench/engine.ts';
import { type CheckResult, checkQuery } from './check/check-query.ts';
import type { EventTopic } from './fill/event-topic.ts';
import type { NexmarkContext } from './nexmark-context.ts';
import { measureQuery, type ThroughputResult } from './throughput/measure-query.ts';

/** What became of a query. */
export type QueryResult = { query: QueryName } & (
  | { kind: 'ran'; check: CheckResult | null; throughput: ThroughputResult | null }
  /** The compiler does not take it. */
  | { kind: 'refused'; reason: string }
  /** It was taken, and then a job failed or did not end; what was compared before that stands. */
  | { kind: 'failed'; reason: string; check: CheckResult | null }
);

export type Inputs = {
  checked: (EventTopic & { connection: DuckDBConnection }) | null;
  timed: EventTopic | null;
};

const LANES = 2;

/** One query on an engine of its own. Whatever goes wrong is told by the result; rejects only when no engine starts. */
export async function runQuery(context: NexmarkContext, query: NexmarkQuery, inputs: Inputs): Promise<QueryResult> {
  const { redisServer, clock } = context;
  const executorFlags = ['--lanes', String(LANES)];
  const engine = await startEngine({ redisUrl: redisServer.url, clock, executors: 1, executorFlags });
  let check: CheckResult | null = null;
  try {
    check = inputs.checked && (await checkQuery(context, engine, query, inputs.checked));
    const throughput = inputs.timed && (await measureQuery(context, engine, query, inputs.timed));
    return { query: query.name, kind: 'ran', check, throughput };
  } catch (thrown) {
    const error = toMillraceError(thrown);
    const problems = problemsOf(error);
    if (problems.length > 0) return { query: query.name, kind: 'refused', reason: reasonOf(problems) };
    return { query: query.name, kind: 'failed', reason: `${error.code}: ${error.message}`, check };
  } finally {
    await engine.stop();
  }
}

/** Each once: a query has many of the same kind. */
const reasonOf = (problems: readonly { message: string }[]) =>
  [...new Set(problems.map(({ message }) => message))].join(' ');
