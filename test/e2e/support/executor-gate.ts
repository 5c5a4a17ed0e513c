import { type Task, wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { call, connect, rpcService, startRpcServer, stream } from '@millrace/shared/rpc';
import type { PassingCall, PausePoints } from './pause-points.ts';

/** `close`: the executor is dead. Whoever is connected is told, as the kernel does. */
export type ExecutorGate = { address: string; close(): Promise<void> };

const LAST_REPLIES_MS = 200;

/** Stands before an executor: driver and peers call the gate, which passes everything on and stops where a test says so. */
export async function openExecutorGate(
  executor: string,
  listens: string,
  pauses: Pick<PausePoints, 'pass'>,
): Promise<ExecutorGate> {
  const tasks = connect(wire.TaskService, listens, { unavailable: 'EXECUTOR_LOST' });
  const blocks = connect(wire.BlockService, listens, { unavailable: 'BLOCK_LOST' });
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => {}); // nobody may be calling when it dies
  const pass = (call: PassingCall) => Promise.race([pauses.pass(call), death.promise]);
  const paused = async <Reply>(at: Omit<PassingCall, 'executor' | 'at'>, work: () => Promise<Reply>) => {
    await pass({ executor, at: 'request', ...at });
    const reply = await work();
    await pass({ executor, at: 'reply', ...at });
    return reply;
  };
  const server = await startRpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [
      rpcService(wire.TaskService, {
        OpenJob: (request, { signal }) => call(tasks, 'OpenJob', request, { signal }),
        CloseJob: (request, { signal }) => call(tasks, 'CloseJob', request, { signal }),
        PassBatch: (request, { signal }) => call(tasks, 'PassBatch', request, { signal }),
        FinishBatch: (request, { signal }) => call(tasks, 'FinishBatch', request, { signal }),
        AbortBatch: (request, { signal }) => call(tasks, 'AbortBatch', request, { signal }),
        QueryState: (request, { signal }) => call(tasks, 'QueryState', request, { signal }),
        RunTask: (request, { signal }) => {
          const { jobId = '', batchId: batch = -1, stage = '', attempt = -1 } = request.id ?? {};
          const work = () => call(tasks, 'RunTask', request, { signal });
          const reads = (partition: number, offset: number) => readsRecord(request, partition, offset);
          return paused({ method: 'RunTask', jobId, batch, stage, attempt, reads }, work);
        },
        Publish: (request, { signal }) => {
          const { jobId, batchId: batch } = request;
          const work = () => call(tasks, 'Publish', request, { signal });
          return paused({ method: 'Publish', jobId, batch, stage: '', attempt: -1, reads: () => false }, work);
        },
      }),
      rpcService(wire.BlockService, {
        FetchBlock: (request, { signal }) => stream(blocks, 'FetchBlock', request, { signal }),
      }),
    ],
  });
  return {
    address: `127.0.0.1:${server.port}`,
    close: async () => {
      death.reject(new MillraceError('EXECUTOR_LOST', `${executor} is dead`));
      await server.close(LAST_REPLIES_MS);
      tasks.close();
      blocks.close();
    },
  };
}

function readsRecord({ ranges, poison }: Task, partition: number, offset: number): boolean {
  const inRange = ranges.some(
    (range) => range.partition === partition && range.fromOffset <= offset && offset < range.untilOffset,
  );
  return inRange && !poison.some((record) => record.partition === partition && record.offset === offset);
}
