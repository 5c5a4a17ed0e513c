import assert from 'node:assert/strict';
import type { ExecutorSummary } from '@millrace/proto';
import { untilReady } from '../../servers/readiness.ts';
import { bugsInLog } from './bugs-in-log.ts';
import { type ExecutorGate, openExecutorGate } from './executor-gate.ts';
import { type ExecutorLinks, openExecutorLinks } from './executor-links.ts';
import type { PausePoints } from './pause-points.ts';
import { freeAddress, type RoleProcess, type RoleStore, startExecutorProcess } from './role-process.ts';

/** Executors that come and go, each under a name of its own and behind a gate. */
export type ExecutorPool = {
  /** Resolves when a driver knows it; rejects when it ends before, or no driver does within `withinMs`. */
  add(withinMs: number): Promise<string>;
  /** A new process under the id of one that has ended, as its supervisor would start it. Resolves when it was spawned. */
  startAgain(id: string): Promise<void>;
  /** SIGKILL. */
  kill(id: string): Promise<void>;
  /** SIGTERM; resolves when it has drained and left by itself. */
  drain(id: string): Promise<void>;
  /** A second SIGTERM to one that drains. */
  hurry(id: string): void;
  /** SIGSTOP and SIGCONT. */
  pause(id: string): void;
  resume(id: string): void;
  /** Those that were added, and neither killed nor drained. */
  ids(): string[];
  /** Its ways to drivers, peers and Redis; where the pool is `cuttable`. */
  cut(id: string): void;
  heal(id: string): void;
  /** How its process ended; undefined while it runs. */
  endingOf(id: string): string | undefined;
  /** The end of its log. */
  logOf(id: string): string;
  /** Lines that tell of a bug, in all their logs. */
  bugs(): string[];
  /** Every executor that there was, in the order in which they came. */
  logs(): { name: string; text: string }[];
  close(): Promise<void>;
};

export type ExecutorPoolOptions = {
  /** Of each executor. */
  lanes: number;
  cuttable?: boolean;
  /** Their addresses. */
  drivers: readonly string[];
  store: RoleStore;
  scratchOf?: ((id: string) => string | undefined) | undefined;
  pauses: Pick<PausePoints, 'pass'>;
  /** What a driver says. */
  known(): Promise<readonly ExecutorSummary[]>;
};

type Present = { role: RoleProcess; gate: ExecutorGate; links: ExecutorLinks | null; isAdded: boolean };
type Past = { ending: string; log: string; bugs: string[] };

export function openExecutorPool(options: ExecutorPoolOptions): ExecutorPool {
  const { lanes, drivers, store, scratchOf, pauses, known } = options;
  const present = new Map<string, Present>();
  const past = new Map<string, Past>();
  let started = 0;

  function presentOne(id: string): Present {
    const executor = present.get(id);
    assert.ok(executor, `there is no executor ${id}`);
    return executor;
  }
  /** Its process has ended. */
  async function retire(id: string): Promise<void> {
    const { role, gate, links } = presentOne(id);
    present.delete(id);
    const { server } = role;
    past.set(id, { ending: server.ending() ?? '', log: server.logTail(), bugs: bugsInLog(server.log()) });
    // As the kernel does for a dead process: whoever is connected is told.
    await gate.close();
    await links?.close();
    await role.stop();
  }
  async function start(id: string): Promise<Present> {
    const listen = await freeAddress();
    const gate = await openExecutorGate(id, listen, pauses);
    const links = options.cuttable ? await openExecutorLinks(gate.address, drivers, store.redisUrl) : null;
    const ways = links ?? { advertise: gate.address, drivers, redisUrl: store.redisUrl };
    const place = { driver: ways.drivers.join(','), listen, advertise: ways.advertise };
    const own = { ...store, redisUrl: ways.redisUrl };
    const role = await startExecutorProcess({ id, lanes, store: own, scratch: scratchOf?.(id), ...place });
    const executor = { role, gate, links, isAdded: false };
    present.set(id, executor);
    return executor;
  }
  async function add(withinMs: number): Promise<string> {
    started += 1;
    const id = `executor-${started}`;
    const executor = await start(id);
    const isAlive = async () => {
      const summary = (await known()).find(({ executorId }) => executorId === id);
      assert.equal(summary?.status, 'alive');
    };
    await untilReady(id, executor.role.server, isAlive, withinMs).catch(async (error: unknown) => {
      await kill(id);
      throw error;
    });
    executor.isAdded = true;
    return id;
  }
  async function kill(id: string): Promise<void> {
    await presentOne(id).role.server.kill();
    await retire(id);
  }
  const signal = (id: string, name: NodeJS.Signals) => void process.kill(presentOne(id).role.server.pid, name);

  return {
    add,
    startAgain: async (id) => void (await start(id)),
    kill,
    drain: async (id) => {
      await presentOne(id).role.server.terminate();
      await retire(id);
    },
    hurry: (id) => signal(id, 'SIGTERM'),
    pause: (id) => signal(id, 'SIGSTOP'),
    resume: (id) => signal(id, 'SIGCONT'),
    cut: (id) => presentOne(id).links!.cut(),
    heal: (id) => presentOne(id).links!.heal(),
    ids: () => [...present].flatMap(([id, { isAdded }]) => (isAdded ? id : [])),
    endingOf: (id) => past.get(id)?.ending ?? presentOne(id).role.server.ending(),
    logOf: (id) => past.get(id)?.log ?? presentOne(id).role.server.logTail(),
    bugs: () => [
      ...[...past.values()].flatMap(({ bugs }) => bugs),
      ...[...present.values()].flatMap(({ role }) => bugsInLog(role.server.log())),
    ],
    logs: () => [
      ...[...past].map(([name, { ending, log }]) => ({ name, text: `${log}\n(${ending})` })),
      ...[...present].map(([name, { role }]) => ({ name, text: role.server.logTail() })),
    ],
    close: async () => {
      const all = [...present.values()];
      await Promise.all(all.flatMap(({ role, gate, links }) => [role.stop(), gate.close(), links?.close()]));
    },
  };
}
