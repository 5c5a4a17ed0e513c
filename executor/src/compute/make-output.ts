import { MillraceError } from '@millrace/shared/errors';
import { type Stage, shuffleOutputsOf, sinkOutputOf } from '@millrace/shared/plan';
import type { EncodedOutput, LaneTask, LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import { encodeOutput } from './encode-output.ts';
import type { LaneJob } from './lane-job.ts';
import type { SqlSession } from './sql-session.ts';
import { writeBlocks } from './write-blocks.ts';

/** What the stages of a task hand over, once their operators have run: blocks, rows for the sink, or both. */
export async function makeOutput(
  session: SqlSession,
  job: LaneJob,
  stages: readonly Stage[],
  task: LaneTask,
  timer: LaneTimer,
): Promise<Pick<LaneTaskResult, 'blocks' | 'output'>> {
  const blocks = await makeBlocks(session, job, stages, task, timer);
  const output = await timer.timed('prepare', () => makeSinkOutput(session, job, stages, task));
  return { blocks, output };
}

/** None where all stages run in one task. */
async function makeBlocks(
  session: SqlSession,
  { blockFolder }: LaneJob,
  stages: readonly Stage[],
  task: LaneTask,
  timer: LaneTimer,
): Promise<LaneTaskResult['blocks']> {
  const [stage, ...others] = stages;
  const outputs = stage && others.length === 0 ? shuffleOutputsOf(stage) : [];
  if (outputs.length === 0) return [];
  const { shuffle } = task;
  if (!shuffle) throw new MillraceError('INVALID_ARGUMENT', `Stage ${task.stage} needs to know where its rows go.`);
  return await timer.timed('shuffle', async () => {
    const blocks: LaneTaskResult['blocks'] = [];
    for (const output of outputs) blocks.push(...(await writeBlocks(session, output, task, shuffle, blockFolder)));
    return blocks;
  });
}

/** Rows of all stages that have some for the sink are one output. */
async function makeSinkOutput(
  session: SqlSession,
  job: LaneJob,
  stages: readonly Stage[],
  task: LaneTask,
): Promise<EncodedOutput | null> {
  const outputs = stages.flatMap((stage) => {
    const sink = sinkOutputOf(stage);
    return sink === null ? [] : [{ sql: sink.sql, operator: stage.operators.at(-1)?.id ?? stage.id }];
  });
  const last = outputs.at(-1);
  if (!last) return null;
  const sql = outputs.length === 1 ? last.sql : outputs.map((output) => `FROM (${output.sql})`).join('\nUNION ALL\n');
  const target = { name: 'output' as const, sql, operator: last.operator, plan: job.plan.output, task };
  return await encodeOutput(session, { ...target, folder: job.outputFolder }, task.encoding ?? { kind: 'none' });
}
