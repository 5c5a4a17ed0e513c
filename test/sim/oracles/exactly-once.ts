import { type JobShape, OUTPUT_FOLDER, type SimulatedSink } from '../cluster/job-shape.ts';
import type { OutputRow } from '../cluster/kernel.ts';
import type { World } from '../world/world.ts';
import { byText } from './history.ts';
import { demand, type Evidence, type Oracle } from './oracle.ts';

/** What a reader of an exactly-once sink sees of a batch is nothing before its commit, and after its publish exactly its output. */
export const exactlyOnce: Oracle = {
  name: 'exactly-once effect',
  beforeStep({ world, history, job }, step) {
    if (step.method !== 'commit') return;
    const { batchId } = step.args[2];
    if (batchId < history.commits.length) return;
    for (const visible of readersOf(job.shape))
      demand(visible(world, batchId) === null, () => `batch ${batchId} was visible before it was committed`);
  },
  afterStep(evidence, step) {
    if (step.method === 'markPublished') check(evidence, step.args[2]);
  },
  atEnd(evidence) {
    const { commits } = evidence.history;
    for (const { entry } of commits) check(evidence, entry.batchId);
    for (const visible of readersOf(evidence.job.shape)) {
      const beyond = visible(evidence.world, commits.length);
      demand(beyond === null, () => `batch ${commits.length} is visible and not committed`);
    }
  },
};

function check({ world, history, job }: Evidence, batchId: number): void {
  const { output, entry } = history.commits[batchId]!;
  if (entry.outputs.length === 0) return;
  for (const visible of readersOf(job.shape)) {
    const shown = visible(world, batchId);
    demand(shown !== null || output.length === 0, () => `batch ${batchId} is published and cannot be seen`);
    const [is, should] = [JSON.stringify((shown ?? []).sort(byText)), JSON.stringify(output)];
    demand(is === should, () => `batch ${batchId} shows ${is}, its output is ${should}`);
  }
}

/** The rows of a batch, as any reader would find them; null: there is nothing of it. */
type Reader = (world: World, batchId: number) => OutputRow[] | null;

const readersOf = ({ sinks }: JobShape): Reader[] => sinks.flatMap((sink) => VISIBLE[sink] ?? []);

/** Sinks without the promise are left out. */
const VISIBLE: Partial<Record<SimulatedSink, Reader>> = {
  file: inFiles,
  transactions: inTopic,
};

/** Of the files that the batch's manifest names. */
function inFiles({ files }: World, batchId: number): OutputRow[] | null {
  const manifest = `${OUTPUT_FOLDER}/_manifest/${String(batchId).padStart(12, '0')}.json`;
  if (!files.exists(manifest)) return null;
  const { files: named } = JSON.parse(files.read(manifest).toString()) as { files: { path: string }[] };
  return named.flatMap(({ path }) => rowsOf(files.read(`${OUTPUT_FOLDER}/${path}`).toString()));
}

/** Of transactions whose end is decided: their markers follow, whatever happens. */
function inTopic({ kafka }: World, batchId: number): OutputRow[] | null {
  const shown = kafka.output.rows().filter(({ key, fate }) => key === String(batchId) && fate === 'committed');
  return shown.length === 0 ? null : shown.map(({ text }) => JSON.parse(text) as OutputRow);
}

function rowsOf(text: string): OutputRow[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as OutputRow);
}
