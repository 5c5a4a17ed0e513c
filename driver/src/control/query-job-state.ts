import type { QueryJobStateReplyInput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { NO_BATCH } from '@millrace/shared/ids';
import { call } from '@millrace/shared/rpc';
import { createJobOpener } from '../dispatch/job-opener.ts';
import type { RunnerDependencies } from '../jobs/job-run.ts';
import type { JobRunner } from '../jobs/job-runner.ts';

/** Rows an answer may have; state is looked at here, not exported. */
const ROWS_MAX = 10_000;
const ROWS_DEFAULT = 1_000;
const QUERY_TIMEOUT_MS = 60_000;

export type StateQuery = (runner: JobRunner, sql: string, maxRows: number) => Promise<QueryJobStateReplyInput>;

/** SQL over a job's committed state, restored on some executor into a database of its own. An empty query lists the tables. */
export function createStateQuery(deps: RunnerDependencies): StateQuery {
  return async (runner, sql, maxRows) => {
    const { record } = runner;
    runner.touch();
    const { spec, plan } = await deps.compile(record.specText, record.fileName);
    const tables = plan.stages.flatMap((stage) => stage.operators.flatMap((operator) => operator.state ?? []));
    if (tables.length === 0) {
      throw new MillraceError('INVALID_ARGUMENT', `job "${record.jobId}" keeps no state`, {
        hint: 'only queries with GROUP BY keep state',
      });
    }
    const [executor] = deps.registry.alive();
    if (!executor) {
      throw new MillraceError('NO_EXECUTORS', 'no executor is there to read the state', {
        hint: 'start one: millrace executor',
      });
    }
    const { epoch, state, lastCommit } = await deps.commits.read(record.jobId);
    const { jobId, submittedMs } = record;
    const look = { jobId, driverEpoch: epoch, run: '', submittedMs, lastBatch: lastCommit?.batchId ?? NO_BATCH };
    await createJobOpener(look, { plan, spec }).open(executor);
    const request = {
      jobId: record.jobId,
      driverEpoch: epoch,
      sql:
        sql ||
        tables.map(({ table }) => `SELECT '${table}' AS "table", count(*) AS "rows" FROM ${table}`).join(' UNION ALL '),
      state,
      ...(lastCommit?.watermarkMs == null ? {} : { watermarkMs: lastCommit.watermarkMs }),
      ...(lastCommit?.stateTtl && { stateTtl: lastCommit.stateTtl }),
      maxRows: Math.min(ROWS_MAX, maxRows > 0 ? maxRows : ROWS_DEFAULT),
    };
    const reply = await call(executor.client, 'QueryState', request, { timeoutMs: QUERY_TIMEOUT_MS });
    return { ...reply, batchId: lastCommit?.batchId ?? -1 };
  };
}
