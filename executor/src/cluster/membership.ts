import { type HeartbeatRequest, type RegisterRequest, wire } from '@millrace/proto';
import type { Clock, Random } from '@millrace/shared/clock';
import { type ErrorCode, toMillraceError } from '@millrace/shared/errors';
import type { Logger } from '@millrace/shared/logging';
import { call, type Transport } from '@millrace/shared/rpc';
import { type MembershipState, nextMembershipStep } from './membership-step.ts';

/** What this executor is; the driver declares an older incarnation of the same id lost. */
export type Self = Omit<RegisterRequest, 'executorId'> & { executorId: string };
export type Load = Omit<HeartbeatRequest, 'executorId' | 'incarnation'>;

export type Membership = {
  /** The driver knows us, as of the last call that reached it. */
  registered(): boolean;
  /** Tells the driver to send no new tasks. Best effort: a driver that is away learns it from the tasks refused. */
  announceDrain(): Promise<void>;
  /** Tells the driver that nothing runs here any more. Best effort: otherwise its lease on us runs out. */
  announceLeft(): Promise<void>;
  /** Ends the heartbeats. */
  leave(): Promise<void>;
};

/** Well within the lease, so that a call that hangs does not cost it. */
const CALL_TIMEOUT_MS = 2_000;
/** A leader is looked for so often: it takes over within a few seconds. */
const LOOK_AGAIN_MS = 250;
/** Until the driver has said its own. */
const HEARTBEAT_DEFAULT_MS = 1_000;

/**
 * Registers and keeps the lease, for ever: while no driver answers it goes on trying, and what runs here is not
 * disturbed. `closeJobs` are those the driver does not want to be kept any longer.
 */
export function joinCluster(
  options: { drivers: readonly string[]; self: Self; load(): Promise<Load>; closeJobs(jobIds: string[]): void },
  deps: { clock: Clock; random: Random; log: Logger; transport: Transport },
): Membership {
  const { self } = options;
  const { clock, random, log } = deps;
  const { executorId, incarnation } = self;
  const left = new AbortController();
  const clients = options.drivers.map((address) =>
    deps.transport.connect(wire.ClusterService, address, { unavailable: 'DRIVER_UNAVAILABLE' }),
  );
  const callOptions = () => ({ signal: left.signal, timeoutMs: CALL_TIMEOUT_MS });
  let current = 0;
  /** The driver may have been replaced, and no other one has taken us yet. */
  let looking = false;
  let heartbeatMs = HEARTBEAT_DEFAULT_MS;
  let state: MembershipState = { registered: false, failures: 0 };

  const register = async () => {
    const reply = await call(clients[current]!, 'Register', self, callOptions());
    heartbeatMs = reply.heartbeatMs;
    log.info({ driver: clients[current]!.address, heartbeatMs }, 'registered');
  };
  const heartbeat = async () => {
    const request = { executorId, incarnation, ...(await options.load()) };
    const { closeJobs, mayBeReplaced } = await call(clients[current]!, 'Heartbeat', request, callOptions());
    if (closeJobs.length > 0) options.closeJobs(closeJobs);
    looking = mayBeReplaced && clients.length > 1 && !(await findLeader());
  };
  /** Stays where it is unless another driver takes it, which only one that leads does. */
  const findLeader = async (): Promise<boolean> => {
    for (const [other, client] of clients.entries()) {
      if (other === current) continue;
      const reply = await call(client, 'Register', self, callOptions()).catch(() => null);
      if (reply === null) continue;
      log.info(
        { driver: client.address, before: clients[current]!.address },
        'registered with the driver that leads now',
      );
      current = other;
      return true;
    }
    return false;
  };
  const attempt = async (step: () => Promise<void>): Promise<ErrorCode | null> => {
    try {
      await step();
      return null;
    } catch (thrown) {
      if (left.signal.aborted) return null;
      const error = toMillraceError(thrown);
      // Once per outage; a driver that is away for an hour needs no thousand lines.
      if (state.failures === 0)
        log.warn({ driver: clients[current]!.address, err: error }, 'the driver did not take us');
      return error.code;
    }
  };
  const keepLease = async () => {
    let next: 'register' | 'heartbeat' = 'register';
    while (!left.signal.aborted) {
      const outcome = await attempt(next === 'register' ? register : heartbeat);
      const step = nextMembershipStep(state, outcome, { heartbeatMs, jitter: random() });
      ({ state, next } = step);
      if (step.rotate) current = (current + 1) % clients.length;
      const delayMs = looking ? Math.min(step.delayMs, LOOK_AGAIN_MS) : step.delayMs;
      await clock.delay(delayMs, left.signal).catch(() => {});
    }
  };

  const announce = async (hasLeft: boolean) => {
    const request = { executorId, incarnation, left: hasLeft };
    await call(clients[current]!, 'Drain', request, callOptions()).catch((error: unknown) =>
      log.warn({ err: error }, 'could not announce the drain'),
    );
  };

  const ended = keepLease();
  return {
    registered: () => state.registered && state.failures === 0,
    announceDrain: () => announce(false),
    announceLeft: () => announce(true),
    leave: async () => {
      left.abort();
      await ended;
      for (const client of clients) client.close();
    },
  };
}
