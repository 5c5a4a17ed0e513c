import { wire } from '@millrace/proto';
import { call, connect } from '@millrace/shared/rpc';
import { untilReady } from '../../servers/readiness.ts';
import { bugsInLog } from './bugs-in-log.ts';
import { freeAddress, type RoleProcess, type RoleStore, startDriverProcess } from './role-process.ts';

/** A place for a driver: whoever is started there has its address. */
export type DriverSlot = {
  readonly name: string;
  readonly address: string;
  /** Resolves when it answers; rejects when it ends before, or does not within `withinMs`. One that runs is killed first. */
  start(withinMs: number): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended by itself. */
  drain(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** How its process ended; undefined while it runs, and before the first. */
  ending(): string | undefined;
  /** The end of its log, and of the log of the one before. */
  log(): string;
  /** Lines that tell of a bug, in the logs of all that there were. */
  bugs(): string[];
  close(): Promise<void>;
};

const CALL_TIMEOUT_MS = 2_000;

export async function openDriverSlot(name: string, store: RoleStore): Promise<DriverSlot> {
  const address = await freeAddress();
  let role: RoleProcess | null = null;
  let before = '';
  const bugs: string[] = [];

  async function clear(): Promise<void> {
    if (!role) return;
    await role.server.kill();
    before = `${role.server.logTail()}\n(${role.server.ending()})\n`;
    bugs.push(...bugsInLog(role.server.log()));
    await role.stop();
    role = null;
  }
  async function answers(): Promise<void> {
    const control = connect(wire.ControlService, address, { unavailable: 'DRIVER_UNAVAILABLE' });
    await call(control, 'ListExecutors', {}, { timeoutMs: CALL_TIMEOUT_MS }).finally(() => control.close());
  }
  const signal = (name: NodeJS.Signals) => role && void process.kill(role.server.pid, name);

  return {
    name,
    address,
    start: async (withinMs) => {
      await clear();
      role = await startDriverProcess(address, store);
      await untilReady(name, role.server, answers, withinMs);
    },
    kill: async () => role?.server.kill(),
    drain: async () => role?.server.terminate(),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    ending: () => role?.server.ending(),
    bugs: () => [...bugs, ...bugsInLog(role?.server.log() ?? '')],
    log: () => before + (role?.server.logTail() ?? ''),
    close: async () => {
      await role?.stop();
      role = null;
    },
  };
}
