import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '@millrace/shared/errors';
import { batchId, driverEpoch } from '@millrace/shared/ids';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import {
  type CommitEntry,
  createMemoryStore,
  type OffsetLogEntry,
  type StateBlobRecord,
  type Takeover,
} from '@millrace/shared/store';
import { assertFits, changeSpec } from '../../../driver/src/jobs/change-spec.ts';
import { aJob, commitOf, E, JOB, offsetsOf, stateBlob } from '../../shared/store/samples.ts';

const spec = { name: String(JOB), sources: [{ name: 's', topics: ['t'] }] } as unknown as JobSpec;
const plan = {
  hash: 'new',
  stages: [{ operators: [{ id: 'op', state: { columns: [{ name: 'k', type: 'INTEGER' }] } }] }],
} as unknown as JobPlan;
const blob = { ...stateBlob('b', 3), operatorId: 'op' } as StateBlobRecord;
const committed = { batchId: batchId(3), positions: [{ source: 's', topic: 't' }] } as unknown as CommitEntry;
const forgetful = { ...committed, stateTtl: { sinceMs: 0, cutoffMs: 5 } };
const takeover: Takeover = {
  ...{ epoch: driverEpoch(2), job: aJob(), pending: null, lastCommit: committed },
  ...{ lastCommitPublished: true, state: [blob] },
};
const pending = (planHash: string) => ({ batchId: batchId(4), planHash }) as unknown as OffsetLogEntry;

const CASES: [what: string, stored: Partial<Takeover>, spec: Partial<JobSpec>, refused: RegExp | null][] = [
  ['nothing stands against it', {}, {}, null],
  ['the batch under way has the same plan', { pending: pending('new') }, {}, null],
  ['another job', {}, { name: 'other' }, /is of the job "other"/],
  ['the batch under way has another plan', { pending: pending('old') }, {}, /batch 4 is under way/],
  ['output that is not published', { lastCommitPublished: false }, {}, /batch 3 is not published/],
  ['a ttl that comes', {}, { stateTtlMs: 1_000 }, null],
  ['another ttl', { lastCommit: forgetful }, { stateTtlMs: 1_000 }, null],
  ['a ttl that goes', { lastCommit: forgetful }, { stateTtlMs: null }, /forgotten would come back/],
  ['a topic that was read', {}, { sources: [{ name: 's', topics: ['u'] }] as never }, /has read topic "t" as "s"/],
];

for (const [what, stored, changed, refused] of CASES) {
  test(`a changed spec: ${what}`, () => {
    const check = () => assertFits({ ...takeover, ...stored }, { spec: { ...spec, ...changed }, plan });
    if (refused === null) check();
    else assert.throws(check, { code: 'INCOMPATIBLE_CHANGE', message: refused });
  });
}

const job = { ...aJob(), status: { desired: 'stopped', observed: 'stopped', failureJson: null } } as const;
const noteOf = (id: string) => ({
  ...{ id, kind: 'aggregate', view: null, computes: [`sum(${id})`], keys: [], operators: [id], digest: id },
  ...{ input: { digest: id, facts: [] }, fedBy: [], takesBackFrom: [] },
});
const planOf = (...ids: string[]) =>
  ({
    ...{ hash: 'new', stages: [{ operators: ids.map((id) => ({ id, state: { columns: [] } })) }] },
    notes: { state: ids.map(noteOf) },
  }) as unknown as JobPlan;

/** A job that has the state of `a` and `b` after a batch, and a change to a query that has `a` and `c`. */
async function changed(options: { allowStateLoss: boolean; dryRun: boolean }) {
  const { commits } = createMemoryStore();
  await commits.createJob(job);
  await commits.takeOver(JOB);
  await commits.logOffsets(JOB, E(1), offsetsOf(0));
  const add = ['a', 'b'].map((operatorId) => ({ ...stateBlob(`blob ${operatorId}`, 0), operatorId }));
  const outputs = { outputs: [] };
  await commits.commit(JOB, E(1), commitOf(0, outputs), { add, remove: [] });
  const compile = async () => ({ spec, plan: planOf('a', 'b') });
  const change = { specText: 'new', fileName: 'f', plan: planOf('a', 'c') };
  const own = { ...spec, sources: [{ name: 'transactions', topics: ['transactions'] }] } as unknown as JobSpec;
  const run = changeSpec({ commits, compile }, job, { ...change, spec: own }, options);
  return { run, stored: () => commits.read(JOB) };
}

test('a query that would lose state is refused, with all that would become of it, and nothing is changed', async () => {
  for (const dryRun of [false, true]) {
    const { run, stored } = await changed({ allowStateLoss: false, dryRun });
    await assert.rejects(run, (error: MillraceError) => {
      assert.equal(error.code, 'INCOMPATIBLE_CHANGE');
      assert.match(error.message, /\nkept .*sum\(a\)[\s\S]*\nlost .*sum\(b\)[\s\S]*\nnew .*sum\(c\)/);
      assert.match(error.hint, /--allow-state-loss[\s\S]*earliest/);
      assert.equal((error.details.state as unknown[]).length, 3);
      return true;
    });
    const { job: record, state, epoch } = await stored();
    assert.deepEqual([record.specText, state.length, epoch], [job.specText, 2, dryRun ? 1 : 2]);
  }
});

test('where that is allowed, what is lost goes from the store with the change of the spec; a dry run only tells', async () => {
  for (const dryRun of [true, false]) {
    const { run, stored } = await changed({ allowStateLoss: true, dryRun });
    const { changes, record } = await run;
    assert.deepEqual(
      changes.map(({ fate, operator }) => `${fate} ${operator}`),
      ['kept a', 'lost b', 'new c'],
    );
    const { job: now, state } = await stored();
    const names = state.map(({ name }) => name);
    if (dryRun) assert.deepEqual([now.specText, names], [job.specText, ['blob a', 'blob b']]);
    else assert.deepEqual([now, names], [record, ['blob a']]);
  }
});
