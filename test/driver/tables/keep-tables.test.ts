import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableStatusInput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { createLogger } from '@millrace/shared/logging';
import type { JobPlan } from '@millrace/shared/plan';
import type { FetchedTable, TableSpec } from '@millrace/shared/spec';
import { createMemoryStore, type TableVersion, type Takeover } from '@millrace/shared/store';
import type { JobEvents } from '../../../driver/src/progress/job-events.ts';
import { sweepOrphanBlobs } from '../../../driver/src/recovery/sweep-orphan-blobs.ts';
import { keepTables } from '../../../driver/src/tables/keep-tables.ts';
import { createManualClock } from '../../shared/clock/manual-clock.ts';
import { aJob, commitOf, E, JOB, offsetsOf } from '../../shared/store/samples.ts';
import { fetched, plain } from './table-fixture.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const AWAY = new MillraceError('TABLE_UNAVAILABLE', 'the database is away');
const MINUTE_MS = 60_000;
const LAST_BATCH_MS = 0;

const rates = (query = 'SELECT 1') =>
  fetched({ kind: 'postgres', url: 'postgres://u:p@h/d', query }, [plain('v', 'INTEGER')], {
    refreshIntervalMs: 5 * MINUTE_MS,
  });

type Named = { pending?: TableVersion[]; committed?: TableVersion[] };

/** A keeper over a memory store and a loader that a test tells what there is. */
function keeper({
  pending,
  committed,
  epoch = 2,
  spec = rates(),
}: Named & { epoch?: number; spec?: FetchedTable } = {}) {
  const clock = createManualClock();
  const store = createMemoryStore();
  let there: string | MillraceError = 'one';
  let looks = 0;
  let status: TableStatusInput[] = [];
  const takeover: Takeover = {
    ...{ epoch: E(epoch), job: aJob(), lastCommitPublished: true, state: [] },
    pending: pending ? offsetsOf(4, { tables: pending }) : null,
    lastCommit: committed ? commitOf(3, { tables: committed, timestampMs: LAST_BATCH_MS }) : null,
  };
  const events = {
    tables: (all: TableStatusInput[]) => {
      status = all;
    },
    tableLooked: () => {},
  } as unknown as JobEvents;
  const loader = {
    check: async () => {},
    load: async (_: FetchedTable, mark: string | null) => {
      looks += 1;
      if (typeof there !== 'string') throw there;
      return mark === there ? ('unchanged' as const) : { bytes: Buffer.from(there), rows: 1, mark: there };
    },
  };
  const plan = { tables: [{ name: 'rates' }] } as unknown as JobPlan;
  const specs: TableSpec[] = [spec];
  const tables = keepTables({ spec: { tables: specs }, plan }, takeover, {
    loader,
    blobs: store.blobs,
    clock,
    log,
    events,
  });
  return {
    ...{ clock, blobs: store.blobs, tables, takeover },
    set: (now: string | MillraceError) => {
      there = now;
    },
    looks: () => looks,
    status: () => status[0]!,
    stored: async () => (await Array.fromAsync(store.blobs.list(`${JOB}/`))).length,
    contents: async () => Buffer.from(await store.blobs.get(tables.current()[0]!.blob)).toString(),
  };
}

test('a version is in the store before it can be named, and a new one takes its place at the interval', async (t) => {
  const one = keeper();
  t.after(one.tables.close);
  assert.deepEqual(one.tables.current(), []);
  await one.tables.ready();
  assert.equal(await one.contents(), 'one');
  one.set('two');
  await one.clock.advance(5 * MINUTE_MS - 1);
  assert.equal(await one.contents(), 'one');
  await one.clock.advance(1);
  assert.equal(await one.contents(), 'two');
  assert.equal(await one.stored(), 2);
});

test('the same rows are the same version', async (t) => {
  const one = keeper();
  t.after(one.tables.close);
  await one.tables.ready();
  const before = one.tables.current();
  await one.clock.advance(11 * MINUTE_MS);
  assert.equal(one.looks(), 3);
  assert.deepEqual(one.tables.current(), before);
  assert.equal(one.status().checkedMs, 10 * MINUTE_MS);
  assert.equal(await one.stored(), 1);
});

test('without any version the job waits, and goes on when it has one', async (t) => {
  const one = keeper();
  t.after(one.tables.close);
  one.set(AWAY);
  await assert.rejects(one.tables.ready(), AWAY);
  assert.equal(one.status().failure?.code, 'TABLE_UNAVAILABLE');
  one.set('one');
  await one.tables.ready();
  assert.equal(one.tables.current().length, 1);
  assert.equal(one.status().failure, undefined);
});

test('a look that fails leaves the version, is counted, and is repeated sooner', async (t) => {
  const one = keeper();
  t.after(one.tables.close);
  await one.tables.ready();
  one.set(AWAY);
  await one.clock.advance(5 * MINUTE_MS + 30_000);
  assert.equal(await one.contents(), 'one');
  const { failures, failure, checkedMs, version } = one.status();
  assert.deepEqual([failures, failure?.message, checkedMs], [2, AWAY.message, 0]);
  assert.notEqual(version, '');
  one.set('two');
  await one.clock.advance(30_000);
  assert.equal(await one.contents(), 'two');
});

test('a version is freed when no batch can name it', async (t) => {
  const one = keeper();
  t.after(one.tables.close);
  await one.tables.ready();
  const first = one.tables.current();
  for (const rows of ['two', 'three']) {
    one.set(rows);
    await one.clock.advance(5 * MINUTE_MS);
  }
  assert.equal(await one.stored(), 3);
  one.tables.committed({ tables: first });
  await one.clock.advance(0);
  assert.equal(
    await one.stored(),
    2,
    'the one that was never named is gone, the last batch and the next one have theirs',
  );
  one.tables.committed({ tables: one.tables.current() });
  await one.clock.advance(0);
  assert.equal(await one.stored(), 1);
  assert.equal(await one.contents(), 'three');
});

test('a driver that takes over goes on with the version of the last batch, though the database is away', async (t) => {
  const before = keeper({ epoch: 1 });
  await before.tables.ready();
  before.tables.close();
  const committed = before.tables.current();
  const after = keeper({ committed });
  t.after(after.tables.close);
  after.set(AWAY);
  await after.tables.ready();
  assert.deepEqual(after.tables.current(), committed);
  await after.clock.advance(0);
  assert.equal(after.looks(), 1, 'it looks at once, beside the batches');
  const swept = before.takeover;
  await sweepOrphanBlobs(before.blobs, JOB, { ...after.takeover, state: swept.state }, log);
  assert.equal(await before.stored(), 1, 'the sweep spares what the logs name');
});

test('a job that stood still for longer than its rows may be old looks first', async (t) => {
  const before = keeper({ epoch: 1 });
  await before.tables.ready();
  before.tables.close();
  const after = keeper({ committed: before.tables.current() });
  t.after(after.tables.close);
  await after.clock.advance(6 * MINUTE_MS);
  after.set('new');
  await after.tables.ready();
  assert.equal(await after.contents(), 'new');
});

test('rows of another query are no version of the table', async (t) => {
  const before = keeper({ epoch: 1 });
  await before.tables.ready();
  before.tables.close();
  const after = keeper({ committed: before.tables.current(), spec: rates('SELECT 2') });
  t.after(after.tables.close);
  assert.deepEqual(after.tables.current(), []);
  after.tables.committed({ tables: [] });
  await after.tables.ready();
  assert.equal(await after.contents(), 'one');
});
