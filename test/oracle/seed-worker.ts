import { parentPort, workerData } from 'node:worker_threads';
import { openRig, runQuerySeed } from './run-query-seed.ts';
import { shrunk } from './shrink.ts';

export type SeedRange = { from: number; until: number; step: number };

const { from, until, step } = workerData as SeedRange;
const rig = await openRig();
for (let seed = from; seed < until; seed += step) {
  const found = await runQuerySeed(seed, rig);
  const isWrong = found.failure !== null && !found.failure.startsWith('refused');
  parentPort!.postMessage(isWrong ? { ...found, failure: await shrunk(seed, found.mode, rig) } : found);
}
await rig.close();
