import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '@millrace/shared/clock';
import { createEventQueue } from './event-queue.ts';

/**
 * A simulated process. It runs only inside events that it owns: killed, it never runs again; paused, its events wait
 * until it is resumed.
 */
export type Process = {
  /** Unique. */
  readonly name: string;
  /** Machine it runs on: what networks and servers know it by, over all its lives. */
  readonly host: string;
  state: 'running' | 'paused' | 'dead';
  /** Of its wall clock. ms. */
  skewMs: number;
  readonly held: Event[];
};

type Event = { atMs: number; owner: Process | null; what: string; run: () => void; off: boolean };

/** Owns virtual time: every timer, message and answer of the world is an event here, run one after the other. */
export type Scheduler = {
  nowMs(): number;
  /** Runs `run` after `delayMs`, as part of `owner` (null: of the world itself). Gives what calls it off. */
  after(delayMs: number, owner: Process | null, what: string, run: () => void): () => void;
  process(host: string): Process;
  kill(process: Process): void;
  pause(process: Process): void;
  resume(process: Process): void;
  /** Runs `step` now, or when a process that was stopped within its own event goes on; never for a dead one. */
  whenRunning(process: Process | undefined, what: string, step: () => void): void;
  clockOf(process: Process): Clock;
  /** Runs events until `done` or there are none before `untilMs`. */
  run(untilMs: number, done: () => boolean): Promise<void>;
  events(): number;
  /** Of all events so far, in order: equal hashes mean equal runs. */
  traceHash(): string;
};

/** Which process the running code belongs to; undefined: none, it is the world or the test. */
const running = new AsyncLocalStorage<Process>();
export const runningProcess = (): Process | undefined => running.getStore();

/** Virtual time zero on wall clocks: 2026-01-01. */
export const EPOCH_MS = 1_767_225_600_000;

export function createScheduler(onEvent: (line: string) => void = () => {}): Scheduler {
  const queue = createEventQueue<Event>();
  let nowMs = 0;
  let events = 0;
  let hash = 0x811c9dc5;
  const lives = new Map<string, number>();

  function after(delayMs: number, owner: Process | null, what: string, run: () => void): () => void {
    const event: Event = { atMs: nowMs + Math.max(0, delayMs), owner, what, run, off: false };
    queue.push(event);
    return () => {
      event.off = true;
    };
  }

  function note(line: string): void {
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
    onEvent(line);
  }

  function step(event: Event): void {
    const { owner, what } = event;
    if (owner?.state === 'dead') return;
    if (owner?.state === 'paused') return void owner.held.push(event);
    events++;
    note(`${nowMs.toFixed(3)} ${owner?.name ?? 'world'} ${what}`);
    if (owner) running.run(owner, event.run);
    else event.run();
  }

  return {
    nowMs: () => nowMs,
    after,
    process(host) {
      const life = (lives.get(host) ?? 0) + 1;
      lives.set(host, life);
      return { name: `${host}.${life}`, host, state: 'running', skewMs: 0, held: [] };
    },
    kill(process) {
      process.state = 'dead';
      process.held.length = 0;
    },
    pause(process) {
      if (process.state === 'running') process.state = 'paused';
    },
    resume(process) {
      if (process.state !== 'paused') return;
      process.state = 'running';
      for (const event of process.held.splice(0)) {
        event.atMs = nowMs;
        queue.push(event);
      }
    },
    whenRunning(process, what, step) {
      if (process === undefined || process.state === 'running') step();
      else if (process.state === 'paused') after(0, process, what, step);
    },
    clockOf: (process) => ({
      now: () => EPOCH_MS + Math.floor(nowMs) + process.skewMs,
      monotonic: () => nowMs,
      delay: (ms, signal) => delay(signal, (run) => after(ms, process, 'timer', run)),
    }),
    async run(untilMs, done) {
      for (let event = queue.pop(); event; event = queue.pop()) {
        if (event.off) continue;
        if (event.atMs > untilMs) return queue.push(event);
        nowMs = event.atMs;
        step(event);
        await settled();
        if (done()) return;
      }
    },
    events: () => events,
    traceHash: () => (hash >>> 0).toString(16),
  };
}

function delay(signal: AbortSignal | undefined, schedule: (run: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      callOff();
      reject(signal?.reason);
    };
    const callOff = schedule(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Resolves once no promise reaction is left to run: nothing in the world waits for the event loop itself. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
