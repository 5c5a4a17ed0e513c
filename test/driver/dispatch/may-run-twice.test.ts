import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import { mayRunTwice } from '../../../driver/src/dispatch/may-run-twice.ts';

const map = { outputs: [{ kind: 'shuffle' }] } as unknown as Stage;
const reduce = { outputs: [{ kind: 'shuffle' }, { kind: 'sink' }] } as unknown as Stage;
const spec = (sink: object) => ({ outputs: [{ name: null, sink }] }) as unknown as JobSpec;

const FILE = spec({ type: 'file' });
const TRANSACTIONS = spec({ type: 'kafka', delivery: { kind: 'exactlyOnce' } });
const PLAIN = spec({ type: 'kafka', delivery: { kind: 'atLeastOnce' } });

const CASES: [string, JobSpec, Stage[], boolean][] = [
  ['blocks are invisible, whatever the sink', PLAIN, [map], true],
  ['Kafka without transactions shows records at once', PLAIN, [reduce], false],
  ['also when one task does it all', PLAIN, [map, reduce], false],
  ['a transaction is invisible until it is committed', TRANSACTIONS, [reduce], true],
  ['staged files are invisible', FILE, [reduce], true],
];

test('of several outputs those count that the stages have rows for', () => {
  const outputs = [
    { name: 'plain', sink: { type: 'kafka', delivery: { kind: 'atLeastOnce' } } },
    { name: 'file', sink: { type: 'file' } },
  ];
  const job = { outputs } as unknown as JobSpec;
  const stageOf = (output: string) => ({ outputs: [{ kind: 'sink', output }] }) as unknown as Stage;
  assert.deepEqual([mayRunTwice(job, [stageOf('plain')]), mayRunTwice(job, [stageOf('file')])], [false, true]);
});

for (const [name, job, stages, expected] of CASES) {
  test(name, () => assert.equal(mayRunTwice(job, stages), expected));
}
