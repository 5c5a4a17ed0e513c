import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { openDuckDbFrontend } from '@millrace/shared/sql';
import { runQuerySeed } from './run-query-seed.ts';

export type SeedRange = { from: number; until: number; step: number };

const { from, until, step } = workerData as SeedRange;
const frontend = await openDuckDbFrontend();
const folder = await mkdtemp(join(tmpdir(), 'millrace-oracle-'));
for (let seed = from; seed < until; seed += step) parentPort!.postMessage(await runQuerySeed(seed, frontend, folder));
frontend.close();
await rm(folder, { recursive: true });
