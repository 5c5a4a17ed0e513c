import type { TestContext } from 'node:test';
import { type JobSummaryInput, type ProgressInput, type WatchEventInput, wire } from '@millrace/proto';
import { type Handlers, rpcService, startRpcServer } from '@millrace/shared/rpc';

type ControlHandlers = Handlers<typeof wire.ControlService.service>;

/** When everything in these tests happens. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export const JOB: JobSummaryInput = {
  jobId: 'spend',
  status: 'running',
  lastBatch: 12,
  submittedMs: NOW_MS - 90_000,
  lagRecords: 3200,
  recordsPerSecond: 1_240_000,
};

export const PROGRESS: ProgressInput = {
  jobId: 'spend',
  batchId: 12,
  timestampMs: NOW_MS - 2_000,
  durationMs: 350,
  phases: [
    { phase: 'plan', ms: 1.2 },
    { phase: 'dispatch', ms: 300 },
  ],
  counts: { recordsIn: 400_000, bytesIn: 40_000_000, rowsOut: 10_000, bytesOut: 900_000, lateRows: 3 },
  partitions: [
    { source: 'transactions', topic: 'transactions', partition: 0, offset: 400_000, latest: 403_200, lag: 3200 },
  ],
  watermarkMs: NOW_MS - 10_000,
  tasks: 6,
  retries: 1,
  state: [{ operatorId: 'aggregate_1', rows: 20_000, bytes: 1_500_000, blobs: 3, blobBytes: 75_300 }],
};

const refuse = () => Promise.reject(new Error('not expected in this test'));

/** A real gRPC server with the handlers a test gives; every other method fails. */
export async function startFakeDriver(t: TestContext, handlers: Partial<ControlHandlers>): Promise<string> {
  const service = rpcService(wire.ControlService, {
    Submit: refuse,
    ListJobs: refuse,
    DescribeJob: refuse,
    StopJob: refuse,
    CancelJob: refuse,
    RestartJob: refuse,
    DeleteJob: refuse,
    Watch: refuse,
    ListExecutors: refuse,
    QueryJobState: refuse,
    ...handlers,
  });
  const server = await startRpcServer({ host: '127.0.0.1', port: 0, services: [service] });
  t.after(() => server.close(0));
  return `127.0.0.1:${server.port}`;
}

/** A Watch handler that sends these events and then keeps the stream open until the caller leaves. */
export function watchOf(events: readonly WatchEventInput[]): ControlHandlers['Watch'] {
  return async function* (_request, { signal }) {
    yield* events;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
}
