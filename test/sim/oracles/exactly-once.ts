import { OUTPUT_FOLDER } from '../cluster/job-shape.ts';
import type { OutputRow } from '../cluster/kernel.ts';
import type { Files } from '../world/files.ts';
import { byText } from './history.ts';
import { demand, type Evidence, type Oracle } from './oracle.ts';

/** What a reader of the file sink sees of a batch is nothing before its commit, and after its publish exactly its output. */
export const exactlyOnce: Oracle = {
  name: 'exactly-once effect',
  beforeStep({ world, history, job }, step) {
    if (job.shape.sink !== 'file' || step.method !== 'commit') return;
    const { batchId } = step.args[2];
    if (batchId < history.commits.length) return;
    demand(visible(world.files, batchId) === null, () => `batch ${batchId} was visible before it was committed`);
  },
  afterStep(evidence, step) {
    if (evidence.job.shape.sink === 'file' && step.method === 'markPublished') check(evidence, step.args[2]);
  },
  atEnd(evidence) {
    if (evidence.job.shape.sink !== 'file') return;
    const { commits } = evidence.history;
    for (const { entry } of commits) check(evidence, entry.batchId);
    const beyond = visible(evidence.world.files, commits.length);
    demand(beyond === null, () => `batch ${commits.length} is visible and not committed`);
  },
};

function check({ world, history }: Evidence, batchId: number): void {
  const { output, entry } = history.commits[batchId]!;
  if (entry.outputs.length === 0) return;
  const shown = visible(world.files, batchId);
  demand(shown !== null, () => `batch ${batchId} is published and cannot be seen`);
  const [is, should] = [JSON.stringify(shown!.sort(byText)), JSON.stringify(output)];
  demand(is === should, () => `batch ${batchId} shows ${is}, its output is ${should}`);
}

/** The rows of the files that the batch's manifest names, as any reader would find them; null without a manifest. */
function visible(files: Files, batchId: number): OutputRow[] | null {
  const manifest = `${OUTPUT_FOLDER}/_manifest/${String(batchId).padStart(12, '0')}.json`;
  if (!files.exists(manifest)) return null;
  const { files: named } = JSON.parse(files.read(manifest).toString()) as { files: { path: string }[] };
  return named.flatMap(({ path }) => rowsOf(files.read(`${OUTPUT_FOLDER}/${path}`).toString()));
}

export function rowsOf(text: string): OutputRow[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as OutputRow);
}
