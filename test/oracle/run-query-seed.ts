import { compileJob, type SqlFrontend } from '@millrace/shared/sql';
import { runDifferential, specFor } from '../shared/sql/differential.ts';
import { randomQuery } from '../shared/sql/random-query.ts';
import { SMALL_RELATIONS, SMALL_ROWS } from '../shared/sql/small-relations.ts';

const SLICES_MAX = 3;

export type QuerySeed = { seed: number; query: string; failure: string | null };

/** The random query of a seed, run in steps and compared with DuckDB's answer after each. */
export async function runQuerySeed(seed: number, frontend: SqlFrontend, folder: string): Promise<QuerySeed> {
  const query = randomQuery(seed);
  const one = { relations: SMALL_RELATIONS, query, mode: 'changelog' as const };
  try {
    const compiled = await compileJob(specFor(one), frontend);
    if (!compiled.ok) return { seed, query, failure: `refused: ${compiled.problems[0]!.message}` };
    await runDifferential(one, compiled.plan, { seed, slices: 1 + (seed % SLICES_MAX), folder, rows: SMALL_ROWS });
    return { seed, query, failure: null };
  } catch (error) {
    return { seed, query, failure: error instanceof Error ? error.message : String(error) };
  }
}
