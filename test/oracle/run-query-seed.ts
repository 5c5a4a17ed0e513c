import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBInstance } from '@duckdb/node-api';
import type { JobPlan } from '@millrace/shared/plan';
import type { OutputMode } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { type Differential, mulberry, type Relation, runDifferential, specFor } from '../shared/sql/differential.ts';
import { openDatabase } from '../shared/sql/plan-interpreter.ts';
import { SMALL_TABLES } from '../shared/sql/small-relations.ts';
import { type RandomQuery, randomQuery } from './queries/random-query.ts';
import { RANDOM_RELATIONS, RANDOM_ROWS } from './random-relations.ts';
import { rememberingFrontend } from './remembering-frontend.ts';

export type QuerySeed = { seed: number; mode: OutputMode; query: string; failure: string | null };

/** A query with its truth, as random-query.ts makes them. */
export type Question = Pick<RandomQuery, 'query' | 'truth'> & Partial<Pick<RandomQuery, 'views' | 'due'>>;

/** How a query is run: what comes when, among how many lanes. */
export type Run = { seed: number; slices: number; batches: number };

/** Numbers of the rows of a relation that are there; without them all are. */
export type RowsLeft = Readonly<Record<string, readonly number[]>>;

export type Rig = { frontend: SqlFrontend; instance: DuckDBInstance; folder: string; close(): Promise<void> };

export async function openRig(): Promise<Rig> {
  const frontend = rememberingFrontend(await openDuckDbFrontend());
  const instance = await openDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-oracle-'));
  return {
    ...{ frontend, instance, folder },
    async close() {
      frontend.close();
      instance.closeSync();
      await rm(folder, { recursive: true });
    },
  };
}

const MODES: OutputMode[] = ['append', 'update', 'complete', 'changelog'];
const SLICES = [1, 1, 1, 2, 2, 3];
const BATCHES = [2, 3, 4];
/** Now and then the watermark moves in small steps. */
const BATCHES_MANY = 12;
const MANY_ONE_OF = 6;
/** Blocks are Parquet files in one of so many seeds, and state is looked through after one of so many tasks. */
const PARQUET_ONE_OF = 6;
const INSPECTED = 0.25;

/** The random query of a seed, run in steps and compared with DuckDB's answer after each. */
export async function runQuerySeed(seed: number, rig: Rig): Promise<QuerySeed> {
  const made = randomQuery(seed);
  const mode = MODES[seed % MODES.length]!;
  const found = await ask(made, mode, runOf(seed), rig);
  return { seed, query: made.query, ...found };
}

/** Asks in `mode`, or the one the query has. `failure`: how the steps differ, or why it is refused. */
export async function ask(
  question: Question,
  wanted: OutputMode,
  run: Run,
  rig: Rig,
  left: RowsLeft = {},
): Promise<Pick<QuerySeed, 'mode' | 'failure'>> {
  const { due, ...rest } = question;
  const one: Differential = {
    relations: RANDOM_RELATIONS.map((relation) => only(relation, left)),
    tables: SMALL_TABLES,
    ...rest,
    mode: wanted,
  };
  let mode = wanted;
  try {
    const compiled = await compileIn(one, rig.frontend);
    if ('refused' in compiled) return { mode, failure: `refused: ${compiled.refused}` };
    const { plan } = compiled;
    mode = compiled.mode;
    await runRandomly({ ...one, mode, ...(mode === 'append' && due ? { due } : {}) }, plan, run, rig);
    return { mode, failure: null };
  } catch (error) {
    return { mode, failure: error instanceof Error ? error.message : String(error) };
  }
}

function only(relation: Relation, left: RowsLeft): Relation {
  const rows = left[relation.name];
  if (rows === undefined) return relation;
  const wanted = rows.length > 0 ? `n IN (${rows.join(', ')})` : 'FALSE';
  return { ...relation, rows: (seed) => `SELECT * FROM (${relation.rows(seed)}) WHERE ${wanted}` };
}

/** In the mode of `one` where the query has it, else in one that it has. */
async function compileIn(
  one: Differential,
  frontend: SqlFrontend,
): Promise<{ mode: OutputMode; plan: JobPlan } | { refused: string }> {
  const first = await compileJob(specFor(one), frontend);
  if (first.ok) return { mode: one.mode, plan: first.plan };
  const [problem] = first.problems;
  const possible =
    problem!.path === 'outputMode' ? /outputMode: ([a-z ]+)\./.exec(problem!.hint ?? '')?.[1] : undefined;
  const [mode] = (possible?.split(' or ') ?? []) as OutputMode[];
  if (mode === undefined) return { refused: problem!.message };
  const second = await compileJob(specFor({ ...one, mode }), frontend);
  return second.ok ? { mode, plan: second.plan } : { refused: second.problems[0]!.message };
}

export function runOf(seed: number): Run {
  const random = mulberry(seed * 6151 + 5);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const batches = Math.floor(random() * MANY_ONE_OF) === 0 ? BATCHES_MANY : pick(BATCHES);
  return { seed, slices: pick(SLICES), batches };
}

async function runRandomly(one: Differential, plan: JobPlan, run: Run, { instance, folder }: Rig): Promise<void> {
  const random = mulberry(run.seed * 3571 + 11);
  await runDifferential(one, plan, {
    ...{ ...run, folder, rows: RANDOM_ROWS, flush: true, instance },
    interpreter: { blocksAsTables: run.seed % PARQUET_ONE_OF !== 0, inspects: () => random() < INSPECTED },
  });
}
