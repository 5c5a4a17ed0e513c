import { MillraceError } from '@millrace/shared/errors';
import { outputsOf, type Stage, shuffleOutputsOf, sinkOutputsOf } from '@millrace/shared/plan';
import type { LaneTask, LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import { encodeOutput } from './encode-output.ts';
import type { LaneJob } from './lane-job.ts';
import type { SqlSession } from './sql-session.ts';
import { writeBlocks } from './write-blocks.ts';

/** What the stages of a task hand over, once their operators have run: blocks, rows for sinks, or both. */
export async function makeOutput(
  session: SqlSession,
  job: LaneJob,
  stages: readonly Stage[],
  task: LaneTask,
  timer: LaneTimer,
): Promise<Pick<LaneTaskResult, 'blocks' | 'outputs'>> {
  const blocks = await makeBlocks(session, job, stages, task, timer);
  const outputs = await timer.timed('prepare', () => makeSinkOutputs(session, job, stages, task));
  return { blocks, outputs };
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

/** Rows of all stages that have some for a sink are one output. */
async function makeSinkOutputs(
  session: SqlSession,
  job: LaneJob,
  stages: readonly Stage[],
  task: LaneTask,
): Promise<LaneTaskResult['outputs']> {
  const outputs: LaneTaskResult['outputs'] = {};
  for (const { name, ...plan } of outputsOf(job.plan)) {
    const parts = stages.flatMap((stage) =>
      sinkOutputsOf(stage)
        .filter(({ output }) => output === name)
        .map(({ sql }) => ({ sql, operator: stage.operators.at(-1)?.id ?? stage.id })),
    );
    const last = parts.at(-1);
    if (!last) continue;
    const sql = parts.length === 1 ? last.sql : parts.map((part) => `FROM (${part.sql})`).join('\nUNION ALL\n');
    const target = { name: `output-${name}`, sql, operator: last.operator, plan, task, folder: job.outputFolder };
    outputs[name] = await encodeOutput(session, target, task.encodings[name] ?? { kind: 'none' });
  }
  return outputs;
}
