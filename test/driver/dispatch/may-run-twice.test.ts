import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import { mayRunTwice } from '../../../driver/src/dispatch/may-run-twice.ts';

const stage = (input: 'source' | 'shuffle', output: 'shuffle' | 'sink') =>
  ({ input: { kind: input }, output: { kind: output } }) as unknown as Stage;
const spec = (sink: object, onBadRecord: object = { kind: 'fail' }) =>
  ({ sink, sources: [{ onBadRecord }] }) as unknown as JobSpec;

const KAFKA = { type: 'kafka' };
const FILE = { type: 'file' };
const LETTERS = { kind: 'deadLetter', target: { kind: 'topic', topic: 'bad' } };
const map = stage('source', 'shuffle');
const reduce = stage('shuffle', 'sink');
const stateless = stage('source', 'sink');

const CASES: [string, JobSpec, Stage[], boolean][] = [
  ['blocks are invisible, whatever the sink', spec(KAFKA), [map], true],
  ['Kafka without transactions shows records at once', spec(KAFKA), [reduce], false],
  ['also when one task does it all', spec(KAFKA), [map, reduce], false],
  ['staged files are invisible', spec(FILE), [stateless], true],
  ['dead letters in a topic are visible at once', spec(FILE, LETTERS), [stateless], false],
  ['which only the stage writes that reads records', spec(FILE, LETTERS), [reduce], true],
];

for (const [name, job, stages, expected] of CASES) {
  test(name, () => assert.equal(mayRunTwice(job, stages), expected));
}
