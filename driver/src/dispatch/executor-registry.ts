import { type ExecutorSummary, type RegisterRequest, wire } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import type { RpcClient, Transport } from '@millrace/shared/rpc';

export type TaskClient = RpcClient<typeof wire.TaskService.service>;
/** `left`: drained and gone in good order. */
export type ExecutorStatus = 'alive' | 'draining' | 'left' | 'lost';

export type ExecutorEntry = {
  readonly executorId: string;
  readonly incarnation: string;
  readonly address: string;
  readonly lanes: number;
  readonly client: TaskClient;
  /** Aborted once the executor is lost or has left: nothing more is to be expected of this incarnation. */
  readonly lost: AbortSignal;
  status: ExecutorStatus;
  /** Wall clock, for people. */
  lastHeartbeatMs: number;
  /** Monotonic: a clock that jumps must not end leases. */
  heardMs: number;
  busyLanes: number;
  residentBytes: number;
  tasksDone: number;
  tasksFailed: number;
};

export type RegistryEvent =
  | { kind: 'executorJoined' | 'executorDraining' | 'executorLeft'; executor: ExecutorEntry }
  | { kind: 'executorLost'; executor: ExecutorEntry; reason: string };

/** An executor that is silent for so long is lost. Three heartbeats and a pause of garbage collection fit in. */
export const LEASE_MS = 4_000;
export const HEARTBEAT_MS = 1_000;
/** Executors that are gone are shown for so long, then forgotten. */
const GONE_KEPT_MS = 10 * 60_000;

export type ExecutorRegistry = {
  register(request: RegisterRequest): void;
  /** EXECUTOR_UNKNOWN when the executor has to register (again). */
  heartbeat(incarnation: string, load: { busyLanes: number; residentBytes: number }): void;
  drain(incarnation: string): void;
  leave(incarnation: string): void;
  /** A call to it failed as only calls to the dead do. Its next heartbeat makes it register again. */
  markLost(incarnation: string, reason: string): void;
  /** Declares executors with an expired lease lost. Called about every heartbeat. */
  expire(): void;
  get(incarnation: string): ExecutorEntry | undefined;
  /** Those that take new tasks. */
  alive(): ExecutorEntry[];
  /** Those that hold something of the batches they worked on: also the draining ones, which wait to hear of their end. */
  present(): ExecutorEntry[];
  /** Executors that were lost or left since this driver leads. */
  losses(): number;
  summaries(): ExecutorSummary[];
  onEvent(listener: (event: RegistryEvent) => void): () => void;
  close(): void;
};

export function createExecutorRegistry(deps: {
  clock: Clock;
  transport: Transport;
  hashVersion: string;
}): ExecutorRegistry {
  const { clock } = deps;
  const entries = new Map<string, ExecutorEntry>();
  const lossSignals = new WeakMap<ExecutorEntry, AbortController>();
  let losses = 0;
  const listeners = new Set<(event: RegistryEvent) => void>();
  const emit = (event: RegistryEvent) => {
    for (const listener of [...listeners]) listener(event);
  };

  const isGone = ({ status }: ExecutorEntry) => status === 'lost' || status === 'left';

  function lose(executor: ExecutorEntry, reason: string): void {
    if (isGone(executor)) return;
    letGo(executor, 'lost');
    emit({ kind: 'executorLost', executor, reason });
  }

  function letGo(executor: ExecutorEntry, status: 'lost' | 'left'): void {
    executor.status = status;
    losses += 1;
    lossSignals.get(executor)?.abort();
    executor.client.close();
  }

  function known(incarnation: string): ExecutorEntry {
    const executor = entries.get(incarnation);
    if (executor && !isGone(executor)) return executor;
    throw new MillraceError('EXECUTOR_UNKNOWN', 'this driver does not know the executor', { hint: 'register again' });
  }

  return {
    register(request) {
      if (request.hashVersion !== deps.hashVersion) {
        throw new MillraceError(
          'INVALID_CONFIG',
          `executor "${request.executorId}" hashes keys as ${request.hashVersion}, this driver as ${deps.hashVersion}`,
          { hint: 'run driver and executors of the same Millrace version' },
        );
      }
      for (const other of entries.values()) {
        if (other.executorId === request.executorId && other.incarnation !== request.incarnation) {
          lose(other, 'replaced by a newer incarnation');
        }
      }
      const loss = new AbortController();
      const executor: ExecutorEntry = {
        executorId: request.executorId,
        incarnation: request.incarnation,
        address: request.address,
        lanes: Math.max(1, request.lanes),
        client: deps.transport.connect(wire.TaskService, request.address, { unavailable: 'EXECUTOR_LOST' }),
        lost: loss.signal,
        status: 'alive',
        lastHeartbeatMs: clock.now(),
        heardMs: clock.monotonic(),
        busyLanes: 0,
        residentBytes: 0,
        tasksDone: 0,
        tasksFailed: 0,
      };
      const before = entries.get(request.incarnation);
      if (before) lose(before, 'registered again');
      entries.set(request.incarnation, executor);
      lossSignals.set(executor, loss);
      emit({ kind: 'executorJoined', executor });
    },
    heartbeat(incarnation, load) {
      const executor = known(incarnation);
      executor.lastHeartbeatMs = clock.now();
      executor.heardMs = clock.monotonic();
      executor.busyLanes = load.busyLanes;
      executor.residentBytes = load.residentBytes;
    },
    drain(incarnation) {
      const executor = known(incarnation);
      if (executor.status !== 'alive') return;
      executor.status = 'draining';
      emit({ kind: 'executorDraining', executor });
    },
    leave(incarnation) {
      const executor = known(incarnation);
      letGo(executor, 'left');
      emit({ kind: 'executorLeft', executor });
    },
    markLost(incarnation, reason) {
      const executor = entries.get(incarnation);
      if (executor) lose(executor, reason);
    },
    expire() {
      const nowMs = clock.monotonic();
      for (const executor of [...entries.values()]) {
        const silentMs = Math.round(nowMs - executor.heardMs);
        if (silentMs > LEASE_MS) lose(executor, `no heartbeat for ${silentMs} ms`);
        if (isGone(executor) && silentMs > GONE_KEPT_MS) entries.delete(executor.incarnation);
      }
    },
    get: (incarnation) => entries.get(incarnation),
    alive: () => [...entries.values()].filter((executor) => executor.status === 'alive'),
    present: () => [...entries.values()].filter((executor) => !isGone(executor)),
    losses: () => losses,
    summaries: () =>
      [...entries.values()].map(({ client: _client, lost: _lost, heardMs: _heard, ...summary }) => summary),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const executor of entries.values()) executor.client.close();
      entries.clear();
    },
  };
}
