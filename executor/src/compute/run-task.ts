import { join } from 'node:path';
import { type Clock, createPhaseTimer } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import type { Column, Stage } from '@millrace/shared/plan';
import type { EncodedOutput, LaneReply, LaneTask, LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import type { SliceState, StatefulOperator } from '../state/slice-state.ts';
import { readStateStats } from '../state/state-stats.ts';
import { statefulOperators } from '../state/stateful-operators.ts';
import { writeState } from '../state/write-state.ts';
import { makeBlockRelation } from './block-relation.ts';
import { encodeOutput } from './encode-output.ts';
import type { LaneJob } from './lane-job.ts';
import type { SourceRead } from './read-source.ts';
import { runOperators, setBatchVariables } from './run-operators.ts';
import { runSourceStage } from './run-source-stage.ts';
import type { SqlSession } from './sql-session.ts';
import { writeBlocks } from './write-blocks.ts';

type TaskReply = Extract<LaneReply, { kind: 'taskDone' | 'stateMissing' }>;

/** One attempt of one task: state → input → operators → shuffle blocks or encoded output → pending state. */
export async function runTask(job: LaneJob, task: LaneTask, clock: Pick<Clock, 'monotonic'>): Promise<TaskReply> {
  const stage = stageOf(job, task);
  const operators = statefulOperators(stage);
  const timer: LaneTimer = createPhaseTimer(clock);
  const slice = task.slice && (await job.slices.take(task.slice.partitions, task.batchId));
  const session = slice?.session ?? job.session;
  await setBatchVariables(session, task);
  if (slice) {
    const missing = await timer.timed('state', () => slice.bring(task.slice!, operators, task.previousWatermarkMs));
    if (missing.length > 0) return { kind: 'stateMissing', operatorIds: missing };
  }
  const { lateRows, read } = await runStage(session, job, stage, task, timer);
  const { blocks, output } = await makeOutput(session, job, stage, task, timer);
  const left = slice
    ? await timer.timed('state', () => leaveState(slice, job, task, operators))
    : { state: [], operators: [] };
  const { eventTimes = [], badRecords = [] } = read ?? {};
  const counts = { ...countsOf(read, output), lateRows };
  return {
    kind: 'taskDone',
    result: { blocks, output, ...left, eventTimes, badRecords, counts, timings: timer.timings() },
  };
}

function countsOf(read: SourceRead | null, output: EncodedOutput | null): Omit<LaneTaskResult['counts'], 'lateRows'> {
  return {
    recordsIn: read?.records ?? 0,
    bytesIn: read?.bytes ?? 0,
    badRecords: read?.badRecordCount ?? 0,
    // read_json does not tell a missing field from one of the wrong type.
    nullFields: 0,
    rowsOut: output?.rows ?? 0,
    bytesOut: output !== null && 'bytes' in output ? output.bytes : 0,
  };
}

function stageOf(job: LaneJob, task: LaneTask): Stage {
  if (task.planHash !== job.plan.hash)
    throw new MillraceError('JOB_NOT_OPEN', `Job ${task.jobId} is open with another plan.`);
  const stage = job.plan.stages.find(({ id }) => id === task.stage);
  if (!stage) throw new MillraceError('INVALID_ARGUMENT', `The plan of ${task.jobId} has no stage ${task.stage}.`);
  return stage;
}

type StageRun = { lateRows: number; read: SourceRead | null };

/** Makes the stage's input relation and runs the operators over it. */
async function runStage(
  session: SqlSession,
  job: LaneJob,
  stage: Stage,
  task: LaneTask,
  timer: LaneTimer,
): Promise<StageRun> {
  const { input } = stage;
  if (input.kind === 'source' && task.input.kind === 'records') {
    const source = job.plan.sources.find(({ name }) => name === input.source);
    if (!source) throw new MillraceError('INVALID_ARGUMENT', `The plan has no source ${input.source}.`);
    const onBadRecord = task.badRecords[source.name] ?? 'fail';
    const records = { input, source, ranges: task.input.ranges, onBadRecord };
    const { lateRows, ...read } = await runSourceStage(session, stage, records, job.reader, timer);
    return { lateRows, read };
  }
  if (input.kind === 'shuffle' && task.input.kind === 'blocks') {
    const { files } = task.input;
    return await timer.timed('compute', async () => {
      await makeBlockRelation(session, input, files);
      return { ...(await runOperators(session, stage.operators)), read: null };
    });
  }
  throw new MillraceError('INVALID_ARGUMENT', `Stage ${stage.id} does not read ${task.input.kind}.`);
}

async function makeOutput(
  session: SqlSession,
  job: LaneJob,
  stage: Stage,
  task: LaneTask,
  timer: LaneTimer,
): Promise<Pick<LaneTaskResult, 'blocks' | 'output'>> {
  const { kind, relation } = stage.output;
  if (kind === 'shuffle') {
    const { shuffle } = task;
    if (!shuffle) throw new MillraceError('INVALID_ARGUMENT', `Stage ${stage.id} needs to know where its rows go.`);
    const rows = { relation, columns: shuffledColumns(job, stage) };
    const blocks = await timer.timed('shuffle', () => writeBlocks(session, rows, task, shuffle, job.blockFolder));
    return { blocks, output: null };
  }
  const encoding = task.encoding ?? { kind: 'none' };
  const target = { relation, plan: job.plan.output, task, folder: job.outputFolder };
  return { blocks: [], output: await timer.timed('prepare', () => encodeOutput(session, target, encoding)) };
}

/** What the next stage reads of this one. */
function shuffledColumns({ plan }: LaneJob, stage: Stage): Column[] {
  const reader = plan.stages.find(({ input }) => input.kind === 'shuffle' && input.fromStage === stage.id);
  if (reader?.input.kind !== 'shuffle') throw new MillraceError('INVALID_ARGUMENT', `No stage reads ${stage.id}.`);
  return reader.input.columns;
}

/** Writes what the attempt leaves pending, and keeps it here until the batch is decided. */
async function leaveState(
  slice: SliceState,
  job: LaneJob,
  task: LaneTask,
  operators: readonly StatefulOperator[],
): Promise<Pick<LaneTaskResult, 'state' | 'operators'>> {
  const left: Pick<LaneTaskResult, 'state' | 'operators'> = { state: [], operators: [] };
  const kind = task.slice!.snapshot ? 'snapshot' : 'delta';
  for (const operator of operators) {
    const name = task.slice!.pendingNames.find(({ operatorId }) => operatorId === operator.id)?.name;
    if (name === undefined)
      throw new MillraceError('INVALID_ARGUMENT', `Operator ${operator.id} has no name for its state.`);
    const path = join(job.stateFolder, `${operator.id}-${task.attemptId}.parquet`);
    const written = await writeState(slice.session, operator.state, kind, path);
    left.operators.push({ operatorId: operator.id, ...(await readStateStats(slice.session, operator.state)) });
    if (!written) continue;
    const { batchId, attemptId, watermarkMs } = task;
    slice.addPending(operator, { name, batchId, attemptId, watermarkMs });
    left.state.push({ operatorId: operator.id, name, kind, path, ...written });
  }
  return left;
}
