import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, createPhaseTimer } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { type JobPlan, type LateRows, type Stage, shuffleInputsOf, sourceInputOf } from '@millrace/shared/plan';
import type { LaneReply, LaneTask, LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import { reachedBy } from '../state/state-ending.ts';
import { askStateStats, type StateStats } from '../state/state-stats.ts';
import { statefulOperators } from '../state/stateful-operators.ts';
import { writeState } from '../state/write-state.ts';
import { makeBlockRelation, makeLocalRelations } from './block-relation.ts';
import { isSmall } from './input-size.ts';
import type { LaneJob } from './lane-job.ts';
import { askLateRows, encodeLateRows } from './late-rows.ts';
import { makeOutput } from './make-output.ts';
import type { SourceRead } from './read-source.ts';
import { askCounters, type OperatorCounts, runOperators, setBatchVariables } from './run-operators.ts';
import { runSourceStage } from './run-source-stage.ts';
import type { SqlSession } from './sql-session.ts';
import { stagesOf } from './stages-of-task.ts';
import { openSurvey, type Survey } from './survey.ts';

type TaskReply = Extract<LaneReply, { kind: 'taskDone' | 'stateMissing' }>;

/** One attempt of one task: state → input → operators → pending state, and shuffle blocks or encoded output. */
export async function runTask(job: LaneJob, task: LaneTask, clock: Pick<Clock, 'monotonic'>): Promise<TaskReply> {
  const stages = stagesToRun(job, task);
  const operators = stages.flatMap(statefulOperators);
  const timer: LaneTimer = createPhaseTimer(clock);
  const slice = task.slice && (await job.slices.take(task.slice.partitions, task.batchId));
  const session = slice?.session ?? job.session;
  session.join(isSmall(task.input));
  try {
    await setBatchVariables(session, stages, task);
    await job.tables.show(session, task.tables);
    if (slice) {
      const missing = await timer.timed('state', () => slice.bring(task.slice!, operators, task));
      if (missing.length > 0) return { kind: 'stateMissing', operatorIds: missing };
    }
    const { read, made, answers } = await runStages(session, job, stages, task, timer);
    const keys = Math.max(0, ...answers.stats.map(({ pendingRows }) => pendingRows));
    for (const { operatorId, name } of made.state) {
      const { batchId, attemptId } = task;
      const reached = reachedBy(task);
      const { pendingRows = 0, rows: tableRows = 0 } = answers.stats.find((one) => one.operatorId === operatorId) ?? {};
      slice?.addPending(operatorId, { name, batchId, attemptId, reached, rows: pendingRows, tableRows, keys });
    }
    const { eventTimes = [], badRecords = [] } = read ?? {};
    const counts = { ...countsOf(job.plan, task.input, read, made.outputs), ...answers.counters };
    const stats = answers.stats.map(({ pendingRows, ...known }) => known);
    return {
      kind: 'taskDone',
      result: { ...made, operators: stats, eventTimes, badRecords, counts, timings: timer.timings() },
    };
  } finally {
    session.join(false);
  }
}

function countsOf(
  plan: JobPlan,
  input: LaneTask['input'],
  read: SourceRead | null,
  outputs: LaneTaskResult['outputs'],
): Omit<LaneTaskResult['counts'], keyof OperatorCounts> {
  const badByReason = read?.badByReason ?? {};
  const rows = Object.entries(outputs).map(([name, encoded]): [string, number] => [name, encoded.rows]);
  return {
    recordsIn: read?.records ?? 0,
    bytesIn: read?.bytes ?? 0,
    badRecords: Object.values(badByReason).reduce((sum, count) => sum + count, 0),
    badByReason,
    nullFields: read?.nullFields ?? 0,
    rowsOut: rows.reduce((sum, [, count]) => sum + count, 0),
    rowsByOutput: plan.outputs === undefined ? {} : Object.fromEntries(rows),
    bytesOut: Object.values(outputs).reduce((sum, one) => sum + ('bytes' in one ? one.bytes : 0), 0),
    skippedRecords: input.kind === 'records' ? input.ranges.reduce((sum, { skipped }) => sum + skipped, 0) : 0,
  };
}

function stagesToRun({ plan }: LaneJob, task: LaneTask): Stage[] {
  if (task.planHash !== plan.hash)
    throw new MillraceError('JOB_NOT_OPEN', `Job ${task.jobId} is open with another plan.`);
  const sources = task.input.kind === 'records' ? task.input.ranges.map(({ source }) => source) : [];
  const stages = stagesOf(plan, task.stage, { sources, servesState: task.slice !== null });
  if (stages.length > 1 && task.slice?.partitions.length !== plan.statePartitions)
    throw new MillraceError('INVALID_ARGUMENT', 'A task that shuffles nothing must serve all state partitions.');
  return stages;
}

type Answers = { counters: OperatorCounts; stats: StateStats[]; late: LateRows[] };
type Made = Pick<LaneTaskResult, 'blocks' | 'outputs' | 'lateRows' | 'state'>;

/** Runs the operators of all stages over the first one's input, and makes of their outputs what is wanted. */
async function runStages(
  session: SqlSession,
  job: LaneJob,
  stages: readonly Stage[],
  task: LaneTask,
  timer: LaneTimer,
): Promise<{ read: SourceRead | null; made: Made; answers: Answers }> {
  const first = stages[0]!;
  let answers: Answers = { counters: { lateRows: 0, lateByOperator: {} }, stats: [], late: [] };
  const compute = <Facts>(ask: (survey: Survey) => () => Facts): Promise<Facts> =>
    timer.timed('compute', async () => {
      for (const [index, stage] of stages.entries()) {
        if (index > 0) await makeLocalRelations(session, stage, stages.slice(0, index));
        await runOperators(session, stage.operators);
      }
      const survey = openSurvey();
      const facts = ask(survey);
      const counters = askCounters(
        survey,
        stages.flatMap((stage) => stage.operators),
      );
      const stats = stages.flatMap(statefulOperators).map(({ id, state }) => askStateStats(survey, id, state));
      const late = askLateRows(survey, stages, task);
      await survey.take(session);
      answers = { counters: counters(), stats: stats.map((one) => one()), late: late() };
      return facts();
    });
  const output = async (): Promise<Made> => {
    const pending = task.slice
      ? await timer.timed('state', () => writePending(session, job, task, stages, answers.stats))
      : [];
    const made = await makeOutput(session, job, stages, task, timer);
    const lateRows = await timer.timed('prepare', () => encodeLateRows(session, answers.late, task, job.outputFolder));
    return { ...made, lateRows, state: pending.map((file) => ({ ...file, bytes: statSync(file.path).size })) };
  };
  const input = sourceInputOf(first);
  if (input !== null && task.input.kind === 'records') {
    const source = job.plan.sources.find(({ name }) => name === input.source);
    if (!source) throw new MillraceError('INVALID_ARGUMENT', `The plan has no source ${input.source}.`);
    const policy = task.recordPolicies[source.name];
    if (!policy) throw new MillraceError('INVALID_ARGUMENT', `The task has no policy for ${source.name}.`);
    const { poison, timestampMs } = task;
    const records = { input, source, ranges: task.input.ranges, poison, policy, timestampMs };
    const { read, made } = await runSourceStage(session, records, job.reader, { compute, output }, timer);
    return { read, made, answers };
  }
  if (input === null && task.input.kind === 'blocks') {
    const { files } = task.input;
    await timer.timed('compute', async () => {
      for (const shuffled of shuffleInputsOf(first)) await makeBlockRelation(session, shuffled, files);
    });
    await compute(() => () => null);
    const made = await output();
    return { read: null, made, answers };
  }
  throw new MillraceError('INVALID_ARGUMENT', `Stage ${first.id} does not read ${task.input.kind}.`);
}

/** Writes what the attempt leaves pending. The files are there once the session's next statement has run. */
async function writePending(
  session: SqlSession,
  job: LaneJob,
  task: LaneTask,
  stages: readonly Stage[],
  stats: readonly StateStats[],
): Promise<Omit<LaneTaskResult['state'][number], 'bytes'>[]> {
  const files: Omit<LaneTaskResult['state'][number], 'bytes'>[] = [];
  const kind = task.slice?.snapshot ? 'snapshot' : 'delta';
  for (const { id: operatorId, state } of stages.flatMap(statefulOperators)) {
    const name = task.slice?.pendingNames.find((pending) => pending.operatorId === operatorId)?.name;
    if (name === undefined)
      throw new MillraceError('INVALID_ARGUMENT', `Operator ${operatorId} has no name for its state.`);
    const { pendingRows } = stats.find((one) => one.operatorId === operatorId)!;
    if (kind === 'delta' && pendingRows === 0) continue;
    const path = join(job.stateFolder, `${operatorId}-${task.attemptId}.parquet`);
    const rows = await writeState(session, state, { kind, path, pendingRows });
    files.push({ operatorId, name, kind, path, rows });
  }
  return files;
}
