import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchId, driverEpoch } from '@millrace/shared/ids';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { CommitEntry, OffsetLogEntry, StateBlobRecord, Takeover } from '@millrace/shared/store';
import { assertFits } from '../../../driver/src/jobs/change-spec.ts';
import { aJob, JOB, stateBlob } from '../../shared/store/samples.ts';

const spec = { name: String(JOB), sources: [{ name: 's', topics: ['t'] }] } as unknown as JobSpec;
const plan = { hash: 'new', stages: [{ operators: [{ id: 'op', state: {} }] }] } as unknown as JobPlan;
const blob = { ...stateBlob('b', 3), operatorId: 'op' } as StateBlobRecord;
const committed = { batchId: batchId(3), positions: [{ source: 's', topic: 't' }] } as unknown as CommitEntry;
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
  ['state without a place', { state: [{ ...blob, operatorId: 'gone' }] }, {}, /the state of gone/],
  ['a topic that was read', {}, { sources: [{ name: 's', topics: ['u'] }] as never }, /has read topic "t" as "s"/],
];

for (const [what, stored, changed, refused] of CASES) {
  test(`a changed spec: ${what}`, () => {
    const check = () => assertFits({ ...takeover, ...stored }, { spec: { ...spec, ...changed }, plan });
    if (refused === null) check();
    else assert.throws(check, { code: 'INCOMPATIBLE_CHANGE', message: refused });
  });
}
