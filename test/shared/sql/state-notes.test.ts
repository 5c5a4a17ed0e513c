import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { CALENDAR_CASES, DATED_RELATIONS } from './calendar-cases.ts';
import { CHANGES_CASES } from './changes-cases.ts';
import { specFor } from './differential.ts';
import { FORM_CASES } from './form-cases.ts';
import { RELATIONAL_CASES } from './relational-cases.ts';
import { SMALL_CHANGES, SMALL_VERSIONS } from './small-changes.ts';
import { SMALL_RELATIONS, SMALL_TABLES } from './small-relations.ts';
import { TEMPORAL_CASES } from './temporal-cases.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

/** Compiling takes its time; all of them were clean once. */
const CASES_STEP = 5;

test('every table of state has one note, which comes after those that feed it', async () => {
  const relations = [...SMALL_RELATIONS, ...SMALL_CHANGES, ...SMALL_VERSIONS, ...DATED_RELATIONS];
  const kinds = new Set<string>();
  const cases = [...RELATIONAL_CASES, ...CHANGES_CASES, ...TEMPORAL_CASES, ...FORM_CASES, ...CALENDAR_CASES];
  for (const { query, mode = 'changelog', views = [] } of cases.filter((_, index) => index % CASES_STEP === 0)) {
    const compiled = await compileJob(specFor({ relations, tables: SMALL_TABLES, query, mode, views }), frontend);
    assert.ok(compiled.ok, `${query}: ${JSON.stringify(compiled)}`);
    const { stages, notes } = compiled.plan;
    const stateful = stages.flatMap(({ operators }) => operators.filter(({ state }) => state !== null));
    const noted = notes!.state.flatMap(({ operators }) => operators);
    assert.deepEqual(noted.toSorted(), stateful.map(({ id }) => id).sort(), query);
    for (const [index, { kind, fedBy, takesBackFrom }] of notes!.state.entries()) {
      kinds.add(kind);
      const earlier = notes!.state.slice(0, index).map(({ id }) => id);
      for (const id of [...fedBy, ...takesBackFrom]) assert.ok(earlier.includes(id), query);
    }
  }
  assert.deepEqual([...kinds].sort(), ['aggregate', 'collect', 'hold', 'join', 'newest', 'recompute', 'temporal']);
});
