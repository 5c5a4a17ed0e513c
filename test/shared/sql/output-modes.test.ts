import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ModeNote } from '@millrace/shared/plan';
import type { JobSpec, OutputMode, OutputSpec, SinkSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend, type SqlFrontend } from '@millrace/shared/sql';
import { specFor } from './differential.ts';
import { RELATIONAL_CASES } from './relational-cases.ts';
import { SMALL_RELATIONS, SMALL_TABLES } from './small-relations.ts';
import { specOf } from './spec-of.ts';

let frontend: SqlFrontend;
before(async () => {
  frontend = await openDuckDbFrontend();
});
after(() => frontend.close());

async function modesOf(spec: JobSpec): Promise<ModeNote[]> {
  const compiled = await compileJob(spec, frontend);
  assert.ok(compiled.ok, `${spec.outputs[0]!.query}: ${JSON.stringify(compiled)}`);
  return compiled.plan.notes!.modes;
}

/** Each is compiled five times, so only some are; all of them were clean once. */
const CASES_STEP = 7;
const FILE: SinkSpec = { type: 'file', path: '/out', format: 'ndjson', partitionBy: [] };

test('a mode is possible if the query compiles in it, and what is said is why not', async () => {
  const seen = new Set<string>();
  const some = RELATIONAL_CASES.filter((_, index) => index % CASES_STEP === 0);
  for (const [index, { query, mode = 'changelog', views = [] }] of some.entries()) {
    const plain = specFor({ relations: SMALL_RELATIONS, tables: SMALL_TABLES, query, mode, views });
    const [only] = plain.outputs as [OutputSpec];
    const output = index % 3 === 0 && mode !== 'update' ? { ...only, sink: FILE } : only;
    const spec: JobSpec = { ...plain, outputs: [output] };
    const modes = await modesOf(spec);
    assert.deepEqual(
      modes.map((one) => one.mode),
      ['append', 'update', 'complete', 'changelog'],
    );
    for (const { mode: outputMode, possible, reason, remedy } of modes) {
      const compiled = await compileJob({ ...spec, outputs: [{ ...output, outputMode }] }, frontend);
      assert.equal(possible, compiled.ok, `${outputMode}: ${query}`);
      seen.add(`${outputMode} ${possible}`);
      if (compiled.ok) assert.deepEqual([reason, remedy], [null, null]);
      else {
        const [{ message, hint } = { message: '', hint: '' }] = compiled.problems;
        assert.ok(message.endsWith(reason!) && hint.endsWith(remedy ?? ''), `${message} ${hint}: ${reason} ${remedy}`);
      }
    }
  }
  assert.equal(seen.size, 7, 'every answer but that a changelog is not possible');
});

const WHY: [query: string, mode: OutputMode, not: ModeNote['mode'], reason: RegExp, remedy: RegExp | null][] = [
  [
    'SELECT country, count(*) AS n FROM events GROUP BY country',
    'update',
    'append',
    /^the groups by country never end, because/,
    /group by window_start of tumble\(…, ts, …\)/,
  ],
  ['SELECT count(*) AS n FROM events', 'complete', 'append', /^the one group never end/, /tumble/],
  ['SELECT count(*) AS n FROM events GROUP BY country', 'complete', 'update', /leaves out country/, /add country/],
  [
    'SELECT DISTINCT ON (country) country, amount FROM events ORDER BY country, ts',
    'changelog',
    'append',
    /^the results of .* go on changing/,
    /tumble/,
  ],
  [
    'SELECT a.amount FROM events a LEFT JOIN events b USING (country)',
    'changelog',
    'append',
    /^the rows of the left join go on changing/,
    /tumble/,
  ],
  ['SELECT amount FROM events', 'append', 'complete', /every row ever read/, null],
];
for (const [query, mode, not, reason, remedy] of WHY) {
  test(`${not} is not possible: ${query}`, async () => {
    const note = (await modesOf(specOf(query, mode))).find((one) => one.mode === not);
    assert.match(note!.reason!, reason);
    if (remedy === null) assert.equal(note!.remedy, null);
    else assert.match(note!.remedy!, remedy);
  });
}

test('of several outputs each has its own modes', async () => {
  const [only] = specOf('', 'append').outputs as [OutputSpec];
  const outputs = [
    { ...only, name: 'rows', query: 'SELECT amount FROM events' },
    {
      ...only,
      name: 'counts',
      query: 'SELECT country, count(*) AS n FROM events GROUP BY country',
      outputMode: 'update' as const,
    },
  ];
  const modes = await modesOf({ ...specOf('', 'append'), outputs });
  assert.deepEqual(
    modes.filter(({ possible }) => possible).map(({ output, mode }) => `${output} ${mode}`),
    ['rows append', 'rows changelog', 'counts update', 'counts complete', 'counts changelog'],
  );
});
