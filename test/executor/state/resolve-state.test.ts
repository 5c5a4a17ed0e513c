import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EMPTY_VERSION,
  type HeldState,
  resolveState,
  type StateResolution,
  wantedVersion,
} from '../../../executor/src/state/resolve-state.ts';

const cases: { when: string; held: HeldState; blobs: string[]; resolution: StateResolution }[] = [
  {
    when: 'nothing is held of a new job',
    held: { adopted: null, pending: [] },
    blobs: [],
    resolution: { kind: 'startEmpty' },
  },
  {
    when: 'nothing is held of an old job',
    held: { adopted: null, pending: [] },
    blobs: ['b1'],
    resolution: { kind: 'restore' },
  },
  {
    when: 'the version is held',
    held: { adopted: 'b2', pending: [] },
    blobs: ['b1', 'b2'],
    resolution: { kind: 'ready' },
  },
  {
    when: 'empty state is held and wanted',
    held: { adopted: EMPTY_VERSION, pending: ['b1'] },
    blobs: [],
    resolution: { kind: 'ready' },
  },
  {
    when: 'the wanted version is pending',
    held: { adopted: 'b1', pending: ['b2', 'b2x'] },
    blobs: ['b1', 'b2'],
    resolution: { kind: 'adopt', name: 'b2' },
  },
  {
    when: 'the first version is pending',
    held: { adopted: EMPTY_VERSION, pending: ['b1'] },
    blobs: ['b1'],
    resolution: { kind: 'adopt', name: 'b1' },
  },
  {
    when: 'a snapshot took the place of the deltas',
    held: { adopted: 'b1', pending: ['s2'] },
    blobs: ['s2'],
    resolution: { kind: 'adopt', name: 's2' },
  },
  {
    when: 'a rival was committed',
    held: { adopted: 'b1', pending: ['b2'] },
    blobs: ['b1', 'b2y'],
    resolution: { kind: 'restore' },
  },
  {
    when: 'the lane is ahead of what is committed',
    held: { adopted: 'b2', pending: [] },
    blobs: ['b1'],
    resolution: { kind: 'restore' },
  },
  {
    when: 'the table was lost while adopting',
    held: { adopted: null, pending: ['b2'] },
    blobs: ['b1', 'b2'],
    resolution: { kind: 'restore' },
  },
  {
    when: 'the job lost its state',
    held: { adopted: 'b2', pending: ['b3'] },
    blobs: [],
    resolution: { kind: 'startEmpty' },
  },
];

for (const { when, held, blobs, resolution } of cases) {
  test(`when ${when}: ${resolution.kind}`, () =>
    assert.deepEqual(resolveState(held, wantedVersion(blobs)), resolution));
}
