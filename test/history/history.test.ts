import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { call } from '@millrace/shared/rpc';
import { openDuckDbFrontend } from '@millrace/shared/sql';
import type { CommitEntry, OffsetLogEntry, PreparedOutputRecord, StateBlobRecord } from '@millrace/shared/store';
import { compilerOver } from '../../driver/src/jobs/compile-text.ts';
import { assertKeepsState, decideResume } from '../../driver/src/recovery/resume-decision.ts';
import { manifestPath } from '../../executor/src/sinks/file-layout.ts';
import { createFileSink } from '../../executor/src/sinks/file-sink.ts';
import { preparedTransaction } from '../../executor/src/sinks/transactions/prepared-transaction.ts';
import { publishOf } from '../executor/sinks/sink-contract.ts';
import { startTestExecutor } from '../executor/tasks/executor-fixture.ts';
import { redisForTest } from '../shared/store/redis/redis-for-test.ts';
import { loadKeys, type StoredKeys } from './stored-keys.ts';

// What earlier versions have stored, written by write-fixture.ts: one folder for each. A version that cannot read it loses jobs.

type Expected = {
  lastCommit: CommitEntry;
  pending: OffsetLogEntry;
  state: StateBlobRecord[];
  query: string;
  rows: unknown[][];
  /** Of a job that writes to a topic; the first versions had none. */
  transactions?: PreparedOutputRecord[];
};

const versions = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());

async function storedBy(t: TestContext, version: string) {
  const read = <Value>(name: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, version, name), 'utf8')) as Value;
  const { open, raw, namespace } = await redisForTest(t);
  await loadKeys(raw, namespace, read<StoredKeys>('store.json'));
  const store = await open();
  const job = (await store.commits.listJobs()).find(({ jobId }) => jobId === 'spend-by-user');
  assert.ok(job);
  assert.equal(job.status.failureJson, null);
  return { store, job, expected: read<Expected>('expected.json') };
}

async function compile(t: TestContext, { specText, fileName }: { specText: string; fileName: string }) {
  const frontend = await openDuckDbFrontend();
  t.after(() => frontend.close());
  return compilerOver(frontend)(specText, fileName);
}

test('there is something to read', () => assert.ok(versions.length > 0));

for (const { name: version } of versions) {
  describe(`what version ${version} has stored`, () => {
    test('is taken over: logs, state and all', async (t) => {
      const { store, job, expected } = await storedBy(t, version);
      const takeover = await store.commits.takeOver(job.jobId);
      const { lastCommit, pending, state } = takeover;
      const { query: _, rows: __, transactions: ___, ...logs } = expected;
      // Fields that came later have defaults.
      assert.partialDeepStrictEqual({ lastCommit, pending, state }, logs);
      assert.deepEqual(decideResume(takeover), { publishLast: false, replay: pending });
      assertKeepsState(state, (await compile(t, job)).plan);
    });

    test('goes on: the pending batch is committed', async (t) => {
      const { store, job } = await storedBy(t, version);
      const { epoch, pending, lastCommit } = await store.commits.takeOver(job.jobId);
      const { batchId, planHash } = pending!;
      assert.deepEqual(await store.commits.logOffsets(job.jobId, epoch, pending!), pending);
      const entry = { ...lastCommit!, batchId, planHash, driverEpoch: epoch, token: 'new' };
      await store.commits.commit(job.jobId, epoch, entry, { add: [], remove: [] });
      assert.equal((await store.commits.read(job.jobId)).lastCommit?.batchId, batchId);
    });

    test('has its state restored, from snapshot and deltas', async (t) => {
      const { store, job, expected } = await storedBy(t, version);
      const { epoch, lastCommit, state } = await store.commits.takeOver(job.jobId);
      const compiled = await compile(t, job);
      const executor = await startTestExecutor(t, { deps: { blobs: store.blobs } });
      await executor.open({ jobId: job.jobId, epoch, ...compiled });
      const watermarkMs = lastCommit?.watermarkMs;
      const reply = await call(executor.client, 'QueryState', {
        ...{ jobId: job.jobId, driverEpoch: epoch, sql: expected.query, state, maxRows: 10_000 },
        ...(watermarkMs == null ? {} : { watermarkMs }),
      });
      assert.deepEqual(JSON.parse(reply.rowsJson), expected.rows);
    });

    test('has transactions that can be ended', async (t) => {
      const { expected } = await storedBy(t, version);
      for (const output of expected.transactions ?? []) {
        const { identity, begins, records } = preparedTransaction(output);
        assert.ok(identity.transactionalId !== '' && begins.length > 0 && records > 0);
      }
    });

    for (const sinkName of ['out', 'bad']) {
      test(`is known to the file sink (${sinkName}): publishing it again changes nothing`, async (t) => {
        const { job, expected } = await storedBy(t, version);
        const path = mkdtempSync(join(tmpdir(), 'millrace-history-'));
        t.after(() => rmSync(path, { recursive: true }));
        const { batchId, outputs } = expected.lastCommit;
        mkdirSync(join(path, '_manifest'));
        const manifest = join(path, manifestPath(batchId));
        copyFileSync(join(import.meta.dirname, version, `${sinkName}-manifest.json`), manifest);
        const before = readFileSync(manifest, 'utf8');
        const { plan } = await compile(t, job);
        const mode = sinkName === 'out' ? plan.output.mode : 'append';
        const own = outputs.filter(({ sink }) => (sink === 'output') === (sinkName === 'out'));
        assert.equal(own.length, 1);
        const sink = createFileSink('sink', { path, format: 'ndjson', mode });
        await sink.publish({ ...publishOf(batchId), jobId: job.jobId }, own);
        assert.equal(readFileSync(manifest, 'utf8'), before);
      });
    }
  });
}
