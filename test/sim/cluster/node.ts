import { toMillraceError } from '@millrace/shared/errors';
import type { Process } from '../world/scheduler.ts';
import type { World } from '../world/world.ts';

/** What a role's process gives of itself. */
export type Role = {
  /** SIGTERM. Resolves when the process has ended by itself. */
  stop(): Promise<void>;
  /** Resolves when the process cannot go on. */
  failed: Promise<unknown>;
};

/** A machine and the process that a supervisor keeps running there. */
export type Node = {
  readonly host: string;
  process(): Process | null;
  isUp(): boolean;
  /** Starts it if it is down. */
  start(): void;
  /** SIGKILL. The supervisor starts it again after `restartMs`; null: it stays down until `start`. */
  crash(restartMs: number | null): void;
  /** SIGTERM; when it has ended, as after a crash. */
  stop(restartMs: number | null): void;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
};

/** A process that ends because it cannot go on is started again after this, as by a supervisor. ms. */
const RESTART_MS = 500;

export function createNode(world: World, host: string, start: () => Promise<Role>): Node {
  const { scheduler } = world;
  let running: { process: Process; role: Role | null } | null = null;

  function end(process: Process, restartMs: number | null): void {
    if (running?.process !== process) return;
    running = null;
    world.kill(process);
    if (restartMs !== null) scheduler.after(restartMs, null, `restart ${host}`, node.start);
  }

  const node: Node = {
    host,
    process: () => running?.process ?? null,
    isUp: () => running !== null,
    start() {
      if (running) return;
      const { process, started } = world.spawn(host, start);
      running = { process, role: null };
      const gone = (error: unknown) => {
        const { code, message } = toMillraceError(error);
        world.log(process, { level: 'fatal', message, code });
        // Not within its own event: the process is killed by the world.
        scheduler.after(0, null, `${host} ended`, () => end(process, RESTART_MS));
      };
      started.then((role) => {
        if (running?.process === process) running.role = role;
        role.failed.then(gone, gone);
      }, gone);
    },
    crash(restartMs) {
      if (running) end(running.process, restartMs);
    },
    stop(restartMs) {
      if (!running?.role) return node.crash(restartMs);
      const { process, role } = running;
      const ended = () => scheduler.after(0, null, `${host} stopped`, () => end(process, restartMs));
      scheduler.after(0, process, 'SIGTERM', () => void role.stop().then(ended, ended));
    },
    pause() {
      if (running) scheduler.pause(running.process);
    },
    resume() {
      if (running) scheduler.resume(running.process);
    },
  };
  return node;
}
