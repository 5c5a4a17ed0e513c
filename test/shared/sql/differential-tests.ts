import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { type Relation, runDifferential, specFor } from './differential.ts';
import type { RelationalCase } from './relational-cases.ts';
import { SMALL_RELATIONS, SMALL_ROWS, SMALL_TABLES } from './small-relations.ts';

const SEEDS = [1, 2];
const SLICES_MAX = 3;

/** A test for each case, over the small relations or others of as many rows. */
export function differentialTests(cases: readonly RelationalCase[], relations: Relation[] = SMALL_RELATIONS): void {
  let frontend: SqlFrontend;
  let folder: string;
  before(async () => {
    frontend = await openDuckDbFrontend();
    folder = await mkdtemp(join(tmpdir(), 'millrace-differential-'));
  });
  after(async () => {
    frontend.close();
    await rm(folder, { recursive: true });
  });
  for (const [index, one] of cases.entries()) {
    test(`${one.mode ?? 'changelog'}: ${one.query}`, async () => {
      const differential = { relations, tables: SMALL_TABLES, ...one, mode: one.mode ?? ('changelog' as const) };
      const compiled = await compileJob(specFor(differential), frontend);
      assert.ok(compiled.ok, JSON.stringify(compiled));
      for (const seed of SEEDS) {
        const slices = 1 + ((seed + index) % SLICES_MAX);
        await runDifferential(differential, compiled.plan, { seed, slices, folder, rows: SMALL_ROWS });
      }
    });
  }
}
