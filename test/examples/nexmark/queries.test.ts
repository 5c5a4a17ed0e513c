import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { DuckDBConnection } from '@duckdb/node-api';
import { createEventWriter } from '../../../examples/nexmark/generator/event-writer.ts';
import { GENERATOR_DEFAULTS } from '../../../examples/nexmark/generator/generator-options.ts';
import { QUERIES, type QueryName } from '../../../examples/nexmark/queries.ts';
import { queryText } from '../../../examples/nexmark/query-text.ts';
import { sideInputCsv } from '../../../examples/nexmark/side-input.ts';
import { openEvents } from '../../nexmark/events-database.ts';
import { plainWindows } from '../../nexmark/plain-windows.ts';

const EVENTS = 50_000;
const BIDS = EVENTS * 0.92;
/** 100 seconds of event time in all. */
const EVENTS_PER_SECOND = 500;

let connection: DuckDBConnection;
let close: () => void;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-nexmark-'));
  const [events, sideInput] = [join(folder, 'events.ndjson'), join(folder, 'side-input.csv')];
  const writer = createEventWriter({ ...GENERATOR_DEFAULTS, eventsPerSecond: EVENTS_PER_SECOND });
  const lines = Array.from({ length: EVENTS }, (_, event) => writer.buffer.toString('latin1', 0, writer.write(event)));
  writeFileSync(events, `${lines.join('\n')}\n`);
  writeFileSync(sideInput, sideInputCsv());
  ({ connection, close } = await openEvents(events, sideInput));
});
after(() => {
  close();
  rmSync(folder, { recursive: true });
});

const count = async (sql: string) =>
  Number((await connection.runAndReadAll(`SELECT count(*) FROM (${sql})`)).getRows()[0]![0]);

/** Rows each query answers with: all of them for those that only project, for others what is plausible of the events. */
const ROWS: Record<QueryName, [min: number, max: number]> = {
  q0: [BIDS, BIDS],
  q1: [BIDS, BIDS],
  q2: [1, BIDS / 10],
  q3: [10, 500],
  q4: [5, 5],
  q5: [50, 500],
  q6: [100, 3_000],
  q7: [9, 30],
  q8: [100, 3_000],
  q9: [100, 3_000],
  q10: [BIDS, BIDS],
  q11: [500, 5_000],
  q12: [500, 5_000],
  q13: [BIDS, BIDS],
  q14: [BIDS / 10, BIDS / 2],
  q15: [2, 2],
  q16: [10_000, 20_004],
  q17: [2_000, 4_000],
  q18: [10_000, BIDS],
  q19: [20_000, BIDS],
  q20: [BIDS / 10, BIDS / 3],
  q21: [BIDS * 0.9, BIDS * 0.99],
  q22: [BIDS, BIDS],
};

for (const query of QUERIES) {
  test(`${query.name}, ${query.title}, binds in DuckDB and answers`, async () => {
    const sql = plainWindows(queryText(query));
    const [min, max] = ROWS[query.name]!;
    const rows = await count(sql);
    assert.ok(rows >= min && rows <= max, `${rows} rows, not ${min} to ${max}`);
    if (query.output.mode === 'update') {
      assert.equal(await count(`SELECT DISTINCT ${query.output.key.join(', ')} FROM (${sql})`), rows, 'the key is one');
    }
    const compared = query.comparedAs?.replace('answer', `(${sql})`);
    if (compared) assert.ok((await count(compared)) > 0);
  });

  test(`${query.name} has the views it reads in front`, async () => {
    const text = plainWindows(queryText(query));
    const [row] = (await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [text])).getRows();
    const tables = [...String(row![0]).matchAll(/"table_name":"(\w+)"/g)].map(([, name]) => name!);
    const named = (name: string) => tables.includes(name);
    assert.deepEqual(['person', 'auction', 'bid'].filter(named), [...query.reads].sort(byKind));
    assert.equal(named('side_input'), query.readsSideInput);
    const hasWindows = /\b(tumble|hop|session)\(\(?\w+, date_time/.test(queryText(query));
    // A pair of q8 that is found is final before its window closes: nothing takes it back.
    assert.equal(hasWindows, query.closesWindows || query.name === 'q8');
  });
}

const byKind = (a: string, b: string) =>
  ['person', 'auction', 'bid'].indexOf(a) - ['person', 'auction', 'bid'].indexOf(b);

test('every file is in the table', () => {
  const files = readdirSync(resolve(import.meta.dirname, '../../../examples/nexmark/queries'));
  assert.deepEqual(files.sort(), [...QUERIES.map(({ name }) => `${name}.sql`), 'views.sql'].sort());
});

test('without the last windows there is less, and nothing else', async () => {
  for (const query of QUERIES.filter(({ closesWindows }) => closesWindows)) {
    const all = plainWindows(queryText(query));
    const closed = plainWindows(queryText(query), "TIMESTAMP '2015-07-15 00:00:30'");
    assert.ok((await count(closed)) > 0, query.name);
    assert.ok((await count(closed)) < (await count(all)), query.name);
    assert.equal(await count(`(${closed}) EXCEPT ALL (${all})`), 0, query.name);
  }
});
